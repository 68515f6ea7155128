import Foundation
import ParlaFiles
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import ParlaTestSupport
import Testing

@Suite struct LanguageModelBuilderTests {
  /// Builds from the fixture `text`; gives back the ARPA file and what was reported.
  private func build(
    _ text: String, _ options: LanguageModelBuilder.Options
  ) throws -> (arpa: String, summary: LanguageModelBuilder.Summary) {
    try withTemporaryFolder { folder in
      let output = folder + "/model.arpa"
      let summary = try LanguageModelBuilder(options).build(
        texts: [Fixture.path("estimation/" + text)], output: output)
      return (try String(contentsOfFile: output, encoding: .utf8), summary)
    }
  }

  private func expected(_ name: String) throws -> String {
    try String(contentsOfFile: Fixture.path("estimation/" + name), encoding: .utf8)
  }

  @Test(arguments: [1, 2, 3, 5]) func fileIsThatOfLmplzForEveryOrder(order: Int) throws {
    let arpa = try build("toy.txt", .init(order: order)).arpa
    #expect(try arpa == expected("toy_o\(order).arpa"))
  }

  @Test func closedFormDiscountsGiveTheFileOfLmplz() throws {
    let (arpa, summary) = try build("chain.txt", .init(order: 3))
    #expect(try arpa == expected("chain_o3.arpa"))
    #expect(summary.orders.contains { $0.fallbackReason == nil })
  }

  @Test func pruningGivesTheFileOfLmplz() throws {
    var options = LanguageModelBuilder.Options(order: 4)
    options.pruning = [0, 1, 2]
    let (arpa, summary) = try build("chain.txt", options)
    #expect(try arpa == expected("chain_o4_prune012.arpa"))
    #expect(summary.orders[2].keptCount < summary.orders[2].count)
  }

  @Test func vocabularyLimitGivesTheFileOfLmplz() throws {
    var options = LanguageModelBuilder.Options(order: 3)
    options.vocabularyLimit = Fixture.path("estimation/limit.txt")
    #expect(try build("chain.txt", options).arpa == expected("chain_o3_limit.arpa"))
  }

  @Test func unmixedUnigramsGiveTheFileOfLmplz() throws {
    var options = LanguageModelBuilder.Options(order: 2)
    options.interpolatesUnigrams = false
    #expect(try build("chain.txt", options).arpa == expected("chain_o2_plain.arpa"))
  }

  @Test func paddedVocabularyGivesTheFileOfLmplz() throws {
    var options = LanguageModelBuilder.Options(order: 2)
    options.minimumVocabulary = 1000
    #expect(try build("chain.txt", options).arpa == expected("chain_o2_pad.arpa"))
  }

  /// `toy.txt` as `gzip -9`, `bzip2 -9` and `xz -9` pack it.
  private static let packedToy = [
    "H4sICMA0AWsCA3RveS50eHQAS1RIUkjmAmKFFK5EIDtFIZUrTSERLAoAnfWtdBwAAAA=",
    "QlpoOTFBWSZTWWMQ8DkAAAfRAAAQQAA/ACAAMQwII2oaaazpyi0clFAkeLuSKcKEgxiHgcg=",
    "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AAbABhdADCICEIToNs6IJLzO+Hb3Gg0S2rbS8GQAACgY412dYDF/AABNByTGq2P"
      + "H7bzfQEAAAAABFla",
  ]

  @Test(arguments: packedToy) func packedTextGivesTheSameFile(base64: String) throws {
    let packed = try #require(Data(base64Encoded: base64))
    try withTemporaryFolder { folder in
      try packed.write(to: URL(fileURLWithPath: folder + "/text"))
      let output = folder + "/model.arpa"
      _ = try LanguageModelBuilder(.init(order: 3)).build(
        texts: [folder + "/text"], output: output)
      let arpa = try String(contentsOfFile: output, encoding: .utf8)
      #expect(try arpa == expected("toy_o3.arpa"))
    }
  }

  @Test(arguments: packedToy) func textThatIsCutOffIsAnErrorAndLeavesNothing(base64: String) throws
  {
    let packed = try #require(Data(base64Encoded: base64))
    try withTemporaryFolder { folder in
      let text = folder + "/text"
      try packed.dropLast(12).write(to: URL(fileURLWithPath: text))
      let error = #expect(throws: LanguageModelError.self) {
        try LanguageModelBuilder(.init(order: 3)).build(texts: [text], output: folder + "/m.arpa")
      }
      #expect(error?.description.hasPrefix(text) == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["text"])
    }
  }

  @Test func severalTextsAreOneAfterTheOther() throws {
    try withTemporaryFolder { folder in
      let lines = try expected("toy.txt").split(separator: "\n")
      var texts: [String] = []
      for (index, line) in lines.enumerated() {
        texts.append("\(folder)/\(index).txt")
        // The last line of a file needs no newline.
        try Data(line.utf8).write(to: URL(fileURLWithPath: texts[index]))
      }
      _ = try LanguageModelBuilder(.init(order: 3)).build(texts: texts, output: folder + "/m.arpa")
      let arpa = try String(contentsOfFile: folder + "/m.arpa", encoding: .utf8)
      #expect(try arpa == expected("toy_o3.arpa"))
    }
  }

  @Test func aMissingTemporaryFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      var options = LanguageModelBuilder.Options(order: 3)
      options.temporaryFolder = folder + "/missing"
      options.memory = 1 << 20
      let text = folder + "/long.txt"
      let line = (0..<1000).map { "w\($0)" }.joined(separator: " ") + "\n"
      try Data(String(repeating: line, count: 70).utf8).write(to: URL(fileURLWithPath: text))
      let error = #expect(throws: LanguageModelError.self) {
        try LanguageModelBuilder(options).build(texts: [text], output: folder + "/m.arpa")
      }
      #expect(error?.description.hasPrefix(folder + "/missing: temporary files") == true)
    }
  }

  @Test func fallbackIsReportedWithItsReason() throws {
    let summary = try build("toy.txt", .init(order: 3)).summary
    #expect(summary.wordCount == 14)
    #expect(summary.vocabularyCount == 9)
    #expect(
      summary.orders.map(\.fallbackReason) == [nil, .noCounts(count: 3), .noCounts(count: 3)])
    #expect(summary.orders[2].discounts == .fallback)
  }

  @Test func refusedFallbackNamesTheOrderAndTheReason() throws {
    var options = LanguageModelBuilder.Options(order: 3)
    options.discountFallback = .refuse
    let error = #expect(throws: LanguageModelError.self) { try build("toy.txt", options) }
    #expect(error == .noDiscounts(order: 2, reason: .noCounts(count: 3)))
    #expect(error?.description.contains("--discount-fallback auto") == true)
  }

  @Test func emptyTextIsAnError() throws {
    try withTemporaryFolder { folder in
      let text = folder + "/empty.txt"
      try AtomicFile.write(Data(), to: text)
      #expect(throws: LanguageModelError.emptyText(paths: [text])) {
        try LanguageModelBuilder(.init(order: 2)).build(texts: [text], output: folder + "/m.arpa")
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/m.arpa"))
    }
  }

  @Test func missingTextIsAnError() throws {
    let error = #expect(throws: LanguageModelError.self) {
      try LanguageModelBuilder(.init(order: 2)).build(texts: ["/missing.txt"], output: "-")
    }
    #expect(error?.description.hasPrefix("/missing.txt: cannot be read") == true)
  }

  @Test(arguments: [[1, 0], [0, 0, 0, 0], [-1]])
  func senselessPruningIsRefused(pruning: [Int]) {
    var options = LanguageModelBuilder.Options(order: 3)
    options.pruning = pruning
    #expect(throws: LanguageModelError.self) { try LanguageModelBuilder(options) }
  }

  @Test func whatProgressThrowsLeavesNothingBehind() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      var options = LanguageModelBuilder.Options(order: 3)
      options.temporaryFolder = folder
      #expect(throws: Stop.self) {
        try LanguageModelBuilder(options).build(
          texts: [Fixture.path("estimation/chain.txt")], output: folder + "/m.arpa"
        ) { progress in
          if progress == .writing(order: 2) { throw Stop() }
        }
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  @Test(arguments: [0, 9])
  func anOrderThatCannotBeReadAgainIsRefused(order: Int) {
    #expect(
      throws: LanguageModelError.invalidOption(
        name: "--order", found: "\(order)", expected: "1 to 8")
    ) { try LanguageModelBuilder(LanguageModelBuilder.Options(order: order)) }
  }
}
