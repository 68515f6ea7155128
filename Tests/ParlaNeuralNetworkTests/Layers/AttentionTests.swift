import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct AttentionTests {
  static let positions: [[String: FieldValue]] = [
    ["positions": .text("none"), "dropout": .number(0.3)],
    ["positions": .text("relative")],
    [
      "positions": .text("relative_key"), "left_positions": .number(40),
      "right_positions": .number(9),
    ],
    ["positions": .text("rotary")],
    ["positions": .text("bucketed"), "buckets": .number(32), "max_distance": .number(300)],
  ]

  func check(_ fields: [String: FieldValue], _ more: [String: FieldValue]) throws -> LayerCheck {
    var reader = FieldReader(fields.merging(more) { $1 })
    let layer = try Attention(LayerPlace("attention", featureCount: 8), &reader)
    return LayerCheck(
      layer, inputs: [[8]], lengths: [600, 257], compute: Compute(threadCount: 2))
  }

  /// Limits beyond a sequence's length change nothing but where one block of queries ends and the next begins.
  @Test(arguments: positions) func blocksOfQueriesDoNotShow(fields: [String: FieldValue]) throws {
    let whole = try check(fields.merging(["heads": .number(2)]) { $1 }, [:])
    let limited = try check(
      fields.merging(["heads": .number(2)]) { $1 },
      ["left": .number(700), "right": .number(700)])
    let results = [whole, limited].map { $0.output($0.inputs, $0.parameters) }
    expectClose(
      results[1].output.values.values, results[0].output.values.values, absolute: 1e-5)
    let direction = Tensor.random(results[0].output.values.shape, seed: 5)
    let gradients = zip([whole, limited], results).map { check, result in
      var sums = check.parameters.map { Tensor(shape: $0.shape) }
      let masked = LayerCheck.masked(direction, lengths: result.output.lengths)
      let inputs = check.layer.backward(
        masked, result.saved, LayerWeights(check.parameters), gradients: &sums, wanted: [true],
        check.pass)
      return inputs + sums
    }
    for (found, expected) in zip(gradients[1], gradients[0]) {
      expectClose(found.values, expected.values, absolute: 2e-3, relative: 1e-3)
    }
  }

  /// A live stream keeps no more of the past than its queries may ask for.
  @Test func streamsKeepWhatIsAskedFor() throws {
    let check = try check(
      ["heads": .number(2), "positions": .text("relative")],
      ["left": .number(5), "right": .number(2), "chunk": .number(4)])
    var states = [LayerState()]
    var pass = Pass(compute: check.pass.compute)
    pass.batchPart = nil
    var count = 0
    for _ in 0..<40 {
      var piece = [Sequences(full: .random([3, 1, 8], seed: 4))]
      count +=
        check.layer.advance(
          &piece, LayerWeights(check.parameters), states: &states, isLast: [false], pass
        ).frameCount
    }
    #expect(count == 116)
    #expect(states[0].tensors[0].shape[0] <= 5 + 4 + 2 + 4)
  }

  @Test func rightContextWithoutLimitNeedsTheWhole() throws {
    #expect(try !check(["heads": .number(2)], ["left": .number(4)]).layer.canStream)
    #expect(
      try check(["heads": .number(2)], ["left": .number(4), "right": .number(0)]).layer.canStream)
  }

  @Test func limitsAreNumbersOrAll() throws {
    let problem = #expect(throws: DescriptionProblem.self) {
      _ = try check(["heads": .number(2)], ["left": .text("every")])
    }
    #expect(problem?.field == "left" && problem?.expected.hasSuffix(", or `all`") == true)
  }
}
