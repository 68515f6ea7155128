import Testing

@testable import ParlaCorpusImport

@Suite struct TableReaderTests {
  @Test func quotesCountWhereTheyClose() {
    let rows = TableReader.rows("a;\"b;\"\"c\"\"\"\r\n\"d;e\n\n\"f\ng\";h", separator: .semicolon)
    #expect(rows == [["a", "b;\"c\""], ["\"d", "e"], ["f\ng", "h"]])
  }

  @Test func pythonSwallowsToTheNextQuote() {
    let rows = TableReader.rows(
      "\"d\te\nf\" g\th\ni\tj\n", separator: .tab, quoting: .python)
    #expect(rows == [["d\te\nf g", "h"], ["i", "j"]])
  }

  @Test func theFirstBlankSeparates() {
    let rows = TableReader.rows("a  b c\nd\te f\ng\n", separator: .firstBlank)
    #expect(rows == [["a", "b c"], ["d", "e f"], ["g"]])
  }
}
