import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

/// Spans of frames and features that training hides.
@Suite struct MaskingTests {
  private func layer(_ fields: [String: FieldValue], features: Int = 6) throws -> Masking {
    var reader = FieldReader(fields)
    return try Masking(LayerPlace("masked", index: 3, featureCount: features), &reader)
  }

  private func output(
    _ layer: Masking, _ input: Sequences, seed: UInt64?, part: Range<Int>? = nil
  ) -> Sequences {
    var pass = Pass(compute: Compute(threadCount: 1), dropoutSeed: seed)
    pass.batchPart = part
    var inputs = [input]
    let embedding = Tensor(shape: [layer.output.count], repeating: 7)
    return layer.forward(&inputs, LayerWeights([embedding]), pass).output
  }

  private func ones(_ frames: Int, _ lengths: [Int]) -> Sequences {
    Sequences(Tensor(shape: [frames, lengths.count, 6], repeating: 1), lengths: lengths)
  }

  /// Which frames of a sequence are hidden.
  private func hidden(_ sequences: Sequences, _ number: Int) -> [Int] {
    (0..<sequences.frameCount).filter { frame in
      (0..<6).allSatisfy { sequences.values[(frame * sequences.count + number) * 6 + $0] == 7 }
    }
  }

  @Test func asManyFramesAreHiddenAsTheShareSays() throws {
    let layer = try layer(["time_share": 0.3, "time_length": 3])
    var counts: Set<Int> = []
    var total = 0
    for seed in 0..<200 {
      let output = output(layer, ones(40, [40, 20]), seed: UInt64(seed))
      let frames = hidden(output, 0)
      // Four spans of three, which may overlap.
      #expect((6...12).contains(frames.count), "\(frames)")
      #expect(frames.contains { frames.contains($0 + 1) && frames.contains($0 + 2) })
      counts.insert(frames.count)
      total += hidden(output, 1).count
      #expect(hidden(output, 1).allSatisfy { $0 < 20 })
    }
    #expect(counts.count > 3)
    #expect((4.5...6).contains(Double(total) / 200), "two spans of three: \(total)")
  }

  @Test func featuresAreHiddenOfAllFrames() throws {
    let layer = try layer(["feature_share": 0.5, "feature_length": 2])
    let output = output(layer, ones(5, [5, 3]), seed: 4)
    for number in 0..<2 {
      let rows = (0..<(number == 0 ? 5 : 3)).map { frame in
        (0..<6).map { output.values[(frame * 2 + number) * 6 + $0] }
      }
      #expect(rows.allSatisfy { $0 == rows[0] })
      #expect(rows[0].contains(0) && rows[0].contains(1), "\(rows[0])")
    }
  }

  @Test func nothingIsHiddenWithoutAShareOrInShortSequencesOrInEvaluation() throws {
    let input = ones(8, [8])
    #expect(output(try layer(["time_least": 2]), input, seed: 1) == input)
    #expect(output(try layer(["time_share": 0.5]), input, seed: 1) == input)
    let layer = try layer(["time_share": 0.1, "time_length": 2, "time_least": 2])
    #expect(output(layer, input, seed: nil) == input)
    #expect(hidden(output(layer, input, seed: 1), 0).count >= 3)
  }

  /// A sequence loses the same frames however its batch is cut.
  @Test func partsOfABatchAreHiddenAsTheWholeIs() throws {
    let layer = try layer([
      "time_share": 0.4, "time_length": 2, "feature_share": 0.2, "feature_length": 1,
    ])
    let whole = output(layer, ones(12, [12, 9, 7]), seed: 8)
    let part = output(layer, ones(12, [9, 7]), seed: 8, part: 1..<3)
    for number in 0..<2 { #expect(part.frames(of: number) == whole.frames(of: 1 + number)) }
  }

  @Test func gradientsAreSlopes() throws {
    let layer = try layer(
      ["time_share": 0.4, "time_length": 2, "feature_share": 0.3, "feature_length": 2])
    LayerCheck(layer, inputs: [[6]], lengths: [6, 4, 2]).expectSlopes()
  }
}
