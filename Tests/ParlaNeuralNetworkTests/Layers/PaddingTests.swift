import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct PaddingTests {
  /// A recurrence that grows without bounds ends where its sequence does.
  @Test func simpleRecurrenceIsZeroInPadding() throws {
    var reader = FieldReader(["size": .number(3), "activation": .text("relu")])
    let layer = try SimpleRNN(LayerPlace("rnn", featureCount: 2), &reader)
    let parameters = layer.parameters.map { Tensor(shape: $0.shape, repeating: 2) }
    let input = Sequences(Tensor(shape: [300, 2, 2], repeating: 1), lengths: [2, 300])
    var inputs = [input]
    let output = layer.forward(
      &inputs, LayerWeights(parameters), Pass(compute: Compute(threadCount: 1))
    ).output
    #expect(!output.values[299 * 6 + 3].isFinite)
    #expect(
      (2..<300).allSatisfy { frame in (0..<3).allSatisfy { output.values[frame * 6 + $0] == 0 } })
  }

  /// Sums over a batch are the same for any number of threads.
  @Test func batchStatisticsDoNotDependOnThreads() throws {
    var reader = FieldReader([:])
    let layer = try BatchNormalization(LayerPlace("norm", featureCount: 24), &reader)
    let results = [1, 2, 5].map { threads in
      let check = LayerCheck(
        layer, inputs: [[24]], lengths: [900, 400, 3], compute: Compute(threadCount: threads))
      let result = check.output(check.inputs, check.parameters)
      return result.statistics + [result.output.values]
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }
}
