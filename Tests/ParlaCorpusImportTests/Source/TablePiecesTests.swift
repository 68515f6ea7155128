import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct TablePiecesTests {
  @Test(arguments: [TableReader.Quoting.closed, .python, .none], [1, 2, 3, 7])
  func piecesGiveTheSameRows(quoting: TableReader.Quoting, length: Int) {
    let text = "a\t\"b\t\"\"c\"\"\"\r\n\"d\te\n\n\"f\r\ng\"\th\r\ni\t\"j"
    let whole = TableReader.rows(text, separator: .tab, quoting: quoting)
    var reader = TableReader(separator: .tab, quoting: quoting)
    var rows: [[String]] = []
    var rest = Data(text.utf8)[...]
    while !rest.isEmpty {
      reader.append(rest.prefix(length))
      rest = rest.dropFirst(length)
      while let row = reader.next(mayGrow: true) { rows.append(row) }
    }
    while let row = reader.next() { rows.append(row) }
    #expect(rows == whole)
  }

  @Test func longTablesInAnyEncodingAreReadToTheirEnd() throws {
    let lines = (0..<20_000).map { "a\($0).wav\tgrün und \u{201E}süß\u{201C} \($0)\n" }.joined()
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write(Data([0xEF, 0xBB, 0xBF]) + Data(lines.utf8), to: "marked.tsv")
      try corpus.write(lines, to: "plain.tsv")
      try corpus.write(lines.data(using: .utf16) ?? Data(), to: "wide.tsv")
      try corpus.write(Data(lines.utf8) + Data([0x61, 0x09, 0xC3]), to: "cut.tsv")
      let tree = try SourceTree(corpus.root)
      let rows = TableReader.rows(lines, separator: .tab)
      let tables = [("marked", []), ("plain", []), ("wide", []), ("cut", [["a", "\u{FFFD}"]])]
      for (name, more) in tables {
        var found: [[String]] = []
        try tree.eachRow(
          of: "\(name).tsv", encoding: nil, separator: .tab, quoting: .closed
        ) { found.append($0) }
        #expect(found == rows + more)
      }
    }
  }
}
