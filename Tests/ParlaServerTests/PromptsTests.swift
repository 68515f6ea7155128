import Testing

@testable import ParlaServer

@Suite struct PromptsTests {
  @Test func sentencesGoIntoATableAndBack() throws {
    let prompts = ["one two", #""three," he said"#, "it's"]
    let table = Prompts.table(of: prompts) { $0 == "it's" ? 2 : 0 }
    #expect(try Prompts.sentences(in: "\u{FEFF}" + table) == prompts)
    #expect(table.hasSuffix("3\tit's\t\t\t1\t2\n"))
  }

  @Test func sentencesComeFromTextsAndTables() throws {
    #expect(try Prompts.sentences(in: "\u{FEFF}a  b\r\n\n c ") == ["a b", "c"])
    #expect(
      try Prompts.sentences(in: "sentence_id\tsentence\tx\n1\tone two\t\n2\tthree\t") == [
        "one two", "three",
      ])
    let text =
      String(repeating: "Some words and more of them. ", count: 6) + "(Is it?) He said: 3.5 km. End"
    #expect(
      try Prompts.sentences(in: text).suffix(4) == [
        "Some words and more of them.", "(Is it?)", "He said: 3.5 km.", "End",
      ])
  }

  @Test func rarePairsOfLettersComeFirst() {
    #expect(Prompts.spread(["aaa", "aaaa", "xyz uvw"]).first == "xyz uvw")
    #expect(Prompts.spread([]) == [])
    // More than are worth looking through again for each place, with the new letters in the last.
    let many = (0..<5000).map { "na\($0 % 2 == 0 ? "" : " na")" } + ["xyz uvw"]
    #expect(Prompts.spread(many).first == "xyz uvw")
    #expect(Prompts.spread(many).sorted() == many.sorted())
  }

  @Test func theOrderIsThatOfLookingThroughAllForEachPlace() {
    var generator = SystemRandomNumberGenerator()
    let sentences = (0..<150).map { _ in
      String(
        (0..<Int.random(in: 0...12, using: &generator)).map { _ in
          "abcdefg ".randomElement(using: &generator) ?? " "
        })
    }
    #expect(Prompts.spread(sentences) == Self.plainSpread(sentences), "\(sentences)")
  }

  /// The same order, plainly.
  private static func plainSpread(_ sentences: [String]) -> [String] {
    func pairs(_ text: String) -> Set<String> {
      let letters = Array(" \(text.lowercased()) ")
      return Set(zip(letters, letters.dropFirst()).map { String([$0, $1]) })
    }
    var rest = sentences
    var seen: Set<String> = []
    var order: [String] = []
    while !rest.isEmpty {
      let values = rest.map { Double(pairs($0).subtracting(seen).count) / Double(10 + $0.count) }
      let best = values.firstIndex(of: values.max() ?? 0) ?? 0
      seen.formUnion(pairs(rest[best]))
      order.append(rest.remove(at: best))
    }
    return order
  }
}
