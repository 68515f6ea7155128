import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange
@testable import ParlaNeuralNetwork

/// Losses and gradients are those of PyTorch.
@Suite struct HuggingFaceTrainingTests {
  /// The mean over the batch of each loss divided by its labels, as PyTorch reduces it, and its gradients.
  private func step(
    _ golden: HuggingFaceGolden, _ graph: Graph, _ parameters: Parameters, _ isWanted: [Bool]
  ) throws -> (loss: Double, gradients: Parameters) {
    let pass = Pass(compute: Compute(threadCount: 1))
    let weights = GraphWeights(graph, parameters)
    let passage = graph.forward([try golden.batch()], weights, pass)
    let output = passage.outputs[0]
    let labels = try golden.labels()
    let ctc = CTCLoss(
      logits: output.values, labels: labels, frameCounts: output.lengths, compute: pass.compute)
    let shares = labels.map { 1 / Double($0.count * labels.count) }
    var slope = ctc.logitsGradient
    let width = output.featureCount
    for index in 0..<slope.count { slope[index] *= Float(shares[index / width % labels.count]) }
    var gradients = graph.backward([slope], passage, weights, isWanted: isWanted, pass)
    gradients.addTied()
    return (zip(ctc.losses, shares).reduce(0) { $0 + $1.0 * $1.1 }, gradients)
  }

  @Test(arguments: HuggingFaceGolden.paddedNames) func lossesAndGradientsAreThoseOfPyTorch(
    name: String
  ) throws {
    let golden = try HuggingFaceGolden(name, countsPadding: true)
    let model = try golden.model.model()
    var parameters = model.parameters
    let names = parameters.specifications.map(\.name)
    let isWanted = names.map { name in
      let tensor = golden.model.places[name]?.names[0] ?? ""
      return !tensor.contains("feature_extractor")
    }
    var optimizer = Optimizer(.adamW(), for: parameters.specifications)
    for (number, expected) in try golden.array("losses").values.enumerated() {
      let (loss, gradients) = try step(golden, model.graph, parameters, isWanted)
      #expect(abs(Float(loss) - expected) < 1e-3 * expected, "step \(number)")
      if number == 0 { try compare(gradients, isWanted, golden) }
      optimizer.update(
        &parameters, along: gradients, learningRates: isWanted.map { $0 ? 1e-3 : 0 },
        compute: Compute(threadCount: 1))
    }
    for (index, specification) in parameters.specifications.enumerated() {
      guard let owner = specification.tiedTo else { continue }
      #expect(parameters.tensors[index] == parameters[owner], "\(specification.name)")
    }
  }

  /// Gradients by the names of transformers' tensors.
  private func compare(
    _ gradients: Parameters, _ isWanted: [Bool], _ golden: HuggingFaceGolden
  ) throws {
    var found: [String: [Float]] = [:]
    for (index, specification) in gradients.specifications.enumerated() where isWanted[index] {
      guard let place = golden.model.places[specification.name] else { continue }
      for (name, values) in place.scattered(gradients.tensors[index]) {
        found[name] = found[name] ?? values.values
      }
    }
    let expected = golden.arrays.arrays.filter { $0.name.hasPrefix("grad/") }
    #expect(expected.count > 20)
    for member in expected {
      let name = String(member.name.dropFirst("grad/".count))
      guard !name.hasSuffix("masked_spec_embed") else { continue }
      let values = try #require(found[name], "\(name)")
      let largest = member.array.values.reduce(0) { max($0, abs($1)) }
      expectClose(values, member.array.values, absolute: 1e-3 * max(largest, 1e-2))
    }
  }
}
