import Testing

@testable import ParlaCorpusImport

@Suite struct PackedStringsTests {
  @Test func stringsAreThoseThatWereAdded() {
    var strings = PackedStrings()
    for string in ["b", "", "größe", "a"] { strings.append(string) }
    #expect(Array(strings) == ["b", "", "größe", "a"])
    #expect(!strings.isASCII)
    #expect(strings.positionsByBytes() == [1, 3, 0, 2])
  }

  @Test func equalStringsStayInTheirOrder() {
    var strings = PackedStrings()
    for string in ["b", "a", "b", "a"] { strings.append(string) }
    #expect(strings.isASCII)
    #expect(strings.positionsByOrder() == [1, 3, 0, 2])
  }

  @Test func aPoolHoldsEachStringOnce() {
    var pool = StringPool()
    let strings = (0..<1000).map { "number \($0)" }
    #expect(strings.map { pool.insert($0) } == Array(0..<1000))
    #expect(strings.map { pool.insert($0) } == Array(0..<1000))
    #expect(pool.count == 1000)
    #expect(pool.position(of: "number 7") == 7)
    #expect(pool.position(of: "number") == nil)
    #expect(pool[999] == "number 999")
  }

  @Test func aPoolTellsSpellingsApart() {
    var pool = StringPool()
    #expect(pool.insert("\u{E9}") == 0)
    #expect(pool.insert("e\u{301}") == 1)
  }

  @Test func positionsOfEqualHashesAreToldApart() {
    var index = PositionIndex()
    for position in 0..<100 { index.insert(position, 5) }
    #expect((0..<100).allSatisfy { wanted in index.position(5) { $0 == wanted } == wanted })
    #expect(index.position(5) { _ in false } == nil)
    #expect(index.position(6) { _ in true } == nil)
  }

  @Test func equalValuesHaveOneNumber() {
    var sets = NumberedValues<[String]>()
    #expect(sets.number(of: ["train"]) == 0)
    #expect(sets.number(of: []) == 1)
    #expect(sets.number(of: ["train"]) == 0)
    #expect(sets[1].isEmpty)
  }
}
