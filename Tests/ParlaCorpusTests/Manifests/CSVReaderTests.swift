import Testing

@testable import ParlaCorpus

@Suite struct CSVReaderTests {
  private func rows(_ text: String) throws -> [CSVReader.Row] {
    var reader = CSVReader(bytes: Array(text.utf8), path: "a.csv")
    var rows: [CSVReader.Row] = []
    while let row = try reader.nextRow() { rows.append(row) }
    return rows
  }

  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
    ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    ("\u{FEFF}a\n", [["a"]]),
    ("1,\n,2\n", [["1", ""], ["", "2"]]),
    ("\n\r\na\n\n", [["a"]]),
    ("\"a,b\",\"\"\n", [["a,b", ""]]),
    ("\"say \"\"hi\"\"\",2\n", [["say \"hi\"", "2"]]),
    ("5\" disk, x\n", [["5\" disk", " x"]]),
    ("", []),
  ])
  func readsRows(text: String, expected: [[String]]) throws {
    #expect(try rows(text).map(\.fields) == expected)
  }

  @Test func countsLinesThroughQuotedLineEnds() throws {
    let found = try rows("a\n\"1\n2\r\n3\"\r\n\nb\n")
    #expect(found.map(\.line) == [1, 2, 6])
    #expect(found[1].fields == ["1\n2\r\n3"])
  }

  @Test func quoteThatNeverClosesIsNamedWhereItOpens() {
    #expect(throws: CorpusError.unterminatedQuote(path: "a.csv", line: 2)) {
      try rows("a,b\n1,\"two\n3,4\n")
    }
  }

  @Test func textAfterAQuoteIsNamed() {
    #expect(throws: CorpusError.textAfterQuote(path: "a.csv", line: 2)) {
      try rows("a\n\"say \"hi\" now\"\n")
    }
  }

  @Test func otherEncodingsAreNamed() {
    #expect(throws: CorpusError.notUTF8(path: "a.csv", line: 2)) {
      var reader = CSVReader(bytes: Array("a\n".utf8) + [0xE4, 0x0A], path: "a.csv")
      while try reader.nextRow() != nil {}
    }
    #expect(throws: CorpusError.zeroByte(path: "a.csv", line: 2)) {
      var reader = CSVReader(bytes: Array("a\nb\0c\n".utf8), path: "a.csv")
      while try reader.nextRow() != nil {}
    }
    #expect(throws: CorpusError.notUTF8(path: "a.csv", line: 1)) {
      var reader = CSVReader(bytes: [0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00], path: "a.csv")
      while try reader.nextRow() != nil {}
    }
  }
}
