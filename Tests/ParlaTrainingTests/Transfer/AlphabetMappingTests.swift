import ParlaNeuralNetwork
import ParlaTranscripts
import Testing

@testable import ParlaTraining

@Suite struct AlphabetMappingTests {
  static func alphabet(_ letters: String) throws -> Alphabet {
    try Alphabet(labels: letters.unicodeScalars.map(String.init))
  }

  @Test func labelsAreFoundByTheirTextOrAsTheLetterTheyAreAVariantOf() throws {
    let mapping = AlphabetMapping(
      from: try Self.alphabet(" abce"), to: try Self.alphabet("cäaßé "))
    #expect(
      mapping.origins == [
        .same(3), .relative(1), .same(1), .none, .relative(4), .same(0), .same(5),
      ]
    )
    #expect(!mapping.isComplete)
  }

  @Test func bytesShareOnlyWhatIsOneByte() throws {
    let mapping = AlphabetMapping(from: try Self.alphabet(" <aä"), to: .bytes)
    #expect(mapping.origins[31] == .same(0) && mapping.origins[0x61 - 1] == .same(2))
    #expect(mapping.origins[0xE4 - 1] == .none && mapping.origins[255] == .same(4))
  }

  @Test func anotherOrderOfTheSameLabelsIsComplete() throws {
    let mapping = AlphabetMapping(from: try Self.alphabet("abc"), to: try Self.alphabet("ca"))
    #expect(mapping.origins == [.same(2), .same(0), .same(3)])
    #expect(mapping.isComplete)
  }

  @Test func rowsFollowTheirLabelsAndNewOnesAreFresh() throws {
    let mapping = AlphabetMapping(from: try Self.alphabet("ab"), to: try Self.alphabet("xbáa"))
    let weight = Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6])
    let fresh = Tensor(shape: [5, 2], repeating: 9)
    #expect(mapping.rows(of: weight, fresh: fresh).values == [9, 9, 3, 4, 1, 2, 1, 2, 5, 6])
    let bias = Tensor(shape: [3], values: [1, 2, 3])
    #expect(mapping.rows(of: bias, fresh: Tensor(shape: [5])).values == [0, 2, 1, 1, 3])
  }
}
