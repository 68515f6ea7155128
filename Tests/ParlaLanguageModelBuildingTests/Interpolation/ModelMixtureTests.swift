import Foundation
import ParlaLanguageModel
import ParlaLanguageModelBuilding
import ParlaTestSupport
import Testing

@Suite struct ModelMixtureTests {
  private static let paths = ["toy_o3.arpa", "gaps.arpa"].map {
    Fixture.path("language-model/" + $0)
  }

  private static func mixed(_ weights: [Double]) throws -> NGramModel {
    try withTemporaryFolder { folder in
      try ModelMixture(arpa: paths).write(to: folder + "/mixed.arpa", weights: weights)
      return try NGramModel(path: folder + "/mixed.arpa")
    }
  }

  /// The sum of the probabilities of all words that can follow `state`.
  private static func mass(_ model: NGramModel, _ state: NGramState) -> Double {
    var ignored = NGramState()
    return (0..<WordIndex(model.vocabulary.count)).filter { $0 != model.vocabulary.beginSentence }
      .map { pow(10, Double(model.score(state, $0, into: &ignored).log10Probability)) }
      .reduce(0, +)
  }

  @Test func probabilitiesOfNGramsAreMixedExactly() throws {
    let parts = try Self.paths.map { try NGramModel(path: $0) }
    let mixed = try Self.mixed([0.3, 0.7])
    let probability = { (model: NGramModel) -> Double in
      var state = model.beginSentenceState
      var score = model.finish(state)
      for word in ["a", "b"] {
        score = model.score(state, model.vocabulary.index(of: word), into: &state)
      }
      return pow(10, Double(score.log10Probability))
    }
    let expected = 0.3 * probability(parts[0]) + 0.7 * probability(parts[1])
    #expect(abs(probability(mixed) - expected) < 1e-6)
  }

  @Test func distributionsSumAsTheirPartsDo() throws {
    // The model estimated by lmplz sums to one after every context; the mixture with itself must, too.
    try withTemporaryFolder { folder in
      let path = Self.paths[0]
      try ModelMixture(arpa: [path, path]).write(to: folder + "/m", weights: [0.4, 0.6])
      let model = try NGramModel(path: folder + "/m")
      for words in [[], ["a"], ["a", "b"], ["e", "f"], ["b", "d"]] {
        var state = model.beginSentenceState
        for word in words {
          _ = model.score(state, model.vocabulary.index(of: word), into: &state)
        }
        #expect(abs(Self.mass(model, state) - 1) < 1e-4)
      }
    }
  }

  @Test func weightsFavourTheModelThatKnowsTheText() throws {
    try withTemporaryFolder { folder in
      try Data("a b c\nb d e f\ne f a b\n".utf8).write(to: URL(fileURLWithPath: folder + "/dev"))
      let weights = try ModelMixture(arpa: Self.paths).weights(for: folder + "/dev")
      #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
      #expect(weights[0] > 0.8)
    }
  }

  @Test func weightsMustSumToOne() throws {
    #expect(throws: LanguageModelError.self) { _ = try Self.mixed([0.5, 0.6]) }
  }
}
