"use strict";
// QR codes (ISO/IEC 18004) of the one kind that is needed here: alphanumeric mode, error correction level M, versions 1
// to 14 (up to 528 characters). qrMatrix(text) gives rows of true (dark) and false.

const QR_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const QR_CHECK_BYTES = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24]; // by version, in each block
const QR_BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9];

function qrBytes(version) {
  const marks = Math.floor(version / 7) + 2;
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) modules -= (25 * marks - 10) * marks - 55;
  if (version >= 7) modules -= 36;
  return modules >> 3;
}

const qrDataBytes = (version) => qrBytes(version) - QR_CHECK_BYTES[version] * QR_BLOCKS[version];
const qrCountBits = (version) => (version < 10 ? 9 : 11);

// The smallest version that holds the text, and the data bytes with their padding.
function qrData(text) {
  const length = text.length;
  const bits = 4 + 11 * (length >> 1) + 6 * (length & 1);
  let version = 1;
  while (version < 15 && bits + qrCountBits(version) > 8 * qrDataBytes(version)) version++;
  if (version > 14) throw new RangeError(`${length} characters do not fit`);
  let stream = "";
  const put = (value, width) => { stream += value.toString(2).padStart(width, "0"); };
  put(2, 4);
  put(length, qrCountBits(version));
  for (let i = 0; i < length; i += 2) {
    const pair = [...text.slice(i, i + 2)].map((letter) => QR_LETTERS.indexOf(letter));
    if (pair.includes(-1)) throw new RangeError("a character that has no place in an alphanumeric code");
    if (pair.length === 2) put(pair[0] * 45 + pair[1], 11);
    else put(pair[0], 6);
  }
  const room = 8 * qrDataBytes(version);
  stream += "0".repeat(Math.min(4, room - stream.length));
  stream += "0".repeat(-stream.length & 7);
  const data = stream.match(/.{8}/g).map((byte) => parseInt(byte, 2));
  for (let pad = 0xec; data.length < room / 8; pad ^= 0xec ^ 0x11) data.push(pad);
  return { version, data };
}

function qrMultiply(a, b) { // in GF(256) with x^8 + x^4 + x^3 + x^2 + 1
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> bit) & 1) * a);
  return product;
}

function qrGenerator(degree) { // without its leading 1
  const factors = new Array(degree).fill(0);
  factors[degree - 1] = 1;
  for (let i = 0, root = 1; i < degree; i++, root = qrMultiply(root, 2)) {
    for (let j = 0; j < degree; j++) factors[j] = qrMultiply(factors[j], root) ^ (factors[j + 1] || 0);
  }
  return factors;
}

function qrCheck(data, generator) {
  const rest = generator.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    generator.forEach((term, i) => { rest[i] ^= qrMultiply(term, factor); });
  }
  return rest;
}

// Cut into blocks, each with its check bytes, and dealt out in turn.
function qrCodewords(version, data) {
  const count = QR_BLOCKS[version];
  const generator = qrGenerator(QR_CHECK_BYTES[version]);
  const short = Math.floor(data.length / count);
  const longFrom = count - (data.length % count);
  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const part = data.slice(at, at += short + (i >= longFrom ? 1 : 0));
    blocks.push({ part, check: qrCheck(part, generator) });
  }
  const words = [];
  for (let i = 0; i <= short; i++) for (const { part } of blocks) if (i < part.length) words.push(part[i]);
  for (let i = 0; i < generator.length; i++) for (const { check } of blocks) words.push(check[i]);
  return words;
}

// What is the same in every code of a version; null where data go.
function qrFrame(version) {
  const size = version * 4 + 17;
  const grid = Array.from({ length: size }, () => new Array(size).fill(null));
  const box = (x, y, reach, dark) => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        if (grid[y + dy] && x + dx >= 0 && x + dx < size) grid[y + dy][x + dx] = dark(Math.max(Math.abs(dx), Math.abs(dy)));
      }
    }
  };
  for (let i = 0; i < size; i++) grid[6][i] = grid[i][6] = i % 2 === 0;
  const marks = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (marks * 2 - 2)) * 2;
  const places = [6, ...Array.from({ length: Math.max(0, marks - 1) }, (_, i) => size - 7 - step * i)];
  if (marks) {
    for (const y of places) {
      for (const x of places) if (x + y > 12 && Math.abs(x - y) !== size - 13) box(x, y, 2, (ring) => ring !== 1);
    }
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) box(x, y, 4, (ring) => ring !== 2 && ring !== 4);
  return grid;
}

function qrRemainder(value, polynomial, bits) {
  let rest = value << bits;
  for (let bit = 31 - Math.clz32(polynomial); rest >= 1 << bit;) rest ^= polynomial << (31 - Math.clz32(rest) - bit);
  return (value << bits) | rest;
}

function qrStamp(grid, version, mask) {
  const size = grid.length;
  const format = qrRemainder(mask, 0x537, 10) ^ 0x5412; // level M is 00
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1;
    grid[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i][8] = dark;
    grid[8][i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i] = dark;
  }
  grid[size - 8][8] = true;
  if (version < 7) return;
  const number = qrRemainder(version, 0x1f25, 12);
  for (let i = 0; i < 18; i++) {
    const a = size - 11 + (i % 3);
    const b = Math.floor(i / 3);
    grid[a][b] = grid[b][a] = ((number >> i) & 1) === 1;
  }
}

const QR_MASKS = [
  (x, y) => (x + y) % 2,
  (x, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

function qrFill(frame, version, words, mask) {
  const size = frame.length;
  const reserved = frame.map((row) => row.slice());
  qrStamp(reserved, version, 0);
  const grid = frame.map((row) => row.slice());
  qrStamp(grid, version, mask);
  let at = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (reserved[y][x] !== null) continue;
        const bit = at < words.length * 8 ? (words[at >> 3] >> (7 - (at & 7))) & 1 : 0;
        grid[y][x] = (bit === 1) !== (QR_MASKS[mask](x, y) === 0);
        at++;
      }
    }
  }
  return grid;
}

// How hard a code is to read: runs, blocks, what looks like a finder, and too much of one shade.
function qrPenalty(grid) {
  const size = grid.length;
  let penalty = 0;
  let dark = 0;
  for (const across of [true, false]) {
    for (let a = 0; a < size; a++) {
      let line = "";
      for (let b = 0; b < size; b++) line += (across ? grid[a][b] : grid[b][a]) ? "1" : "0";
      for (const run of line.match(/0{5,}|1{5,}/g) || []) penalty += run.length - 2;
      penalty += 40 * (line.match(/(?=10111010000)|(?=00001011101)/g) || []).length;
      if (across) dark += line.split("1").length - 1;
    }
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      if (grid[y][x] === grid[y][x - 1] && grid[y][x] === grid[y - 1][x] && grid[y][x] === grid[y - 1][x - 1]) penalty += 3;
    }
  }
  return penalty + 10 * Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size));
}

function qrMatrix(text) {
  const { version, data } = qrData(text);
  const words = qrCodewords(version, data);
  const frame = qrFrame(version);
  const grids = QR_MASKS.map((_, mask) => qrFill(frame, version, words, mask));
  const penalties = grids.map(qrPenalty);
  return grids[penalties.indexOf(Math.min(...penalties))];
}

// An SVG element: one unit a module, four modules of white around.
function qrSvg(text) {
  const matrix = qrMatrix(text);
  const size = matrix.length + 8;
  let path = "";
  matrix.forEach((row, y) => row.forEach((dark, x) => { if (dark) path += `M${x + 4} ${y + 4}h1v1h-1z`; }));
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const svg = make("svg", { viewBox: `0 0 ${size} ${size}`, "shape-rendering": "crispEdges" });
  svg.append(make("path", { fill: "#fff", d: `M0 0h${size}v${size}H0z` }), make("path", { d: path }));
  return svg;
}
