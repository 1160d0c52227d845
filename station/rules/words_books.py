"""Every line about books, Chinese first."""

from __future__ import annotations

from drivers.contract import Words

SCAN_BOOKS = Words("请扫描书背的条码", "Scan the barcode on the back of each book")
BORROW_OR_BRING = Words("要借的和要还的都可以扫", "Books to borrow and books to bring back, one after the other")
BRING_BACK = Words("请扫描要还的书", "Scan the books that you bring back")
WHO_FIRST = Words("请先出示通行码，再扫书", "Show your pass first, then scan the book")
GIVEN_BACK = Words("谢谢，已归还，请放回书架", "Thank you, it is given back; please put it on the shelf")
ARRIVED = Words("谢谢，已收到，请放回书架", "Thank you, it has arrived; please put it on the shelf")
LEFT = Words("谢谢您留下一本书", "Thank you for leaving a book")
TAKEN = Words("祝您阅读愉快", "Enjoy the book")
NEXT_BOOK = Words("可以继续扫描下一本", "You may scan the next one")


def lent(days: int) -> Words:
    """It is theirs for so long."""
    return Words(f"已借出，请在 {days} 天内归还", f"Lent to you; please bring it back within {days} days")
