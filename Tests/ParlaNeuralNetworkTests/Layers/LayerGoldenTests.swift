import Foundation
import ParlaDescriptions
import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

/// Every layer that has a golden: PyTorch's outputs and gradients, slopes, pieces against the whole, other precisions.
///
/// A new layer needs a function in `scripts/goldens/layers.py`; its file is found here.
@Suite struct LayerGoldenTests {
  static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(atPath: Fixture.path("layers"))
    return (files ?? []).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test func goldensAreFound() { #expect(Self.names.count >= 32) }

  @Test(arguments: names, [1, 2]) func outputsAndGradientsAreTheGoldens(name: String, threads: Int)
    throws
  {
    let golden = try LayerGolden(name)
    let check = try golden.check(Compute(threadCount: threads))
    let result = check.output(check.inputs, check.parameters)
    #expect(result.output.lengths == golden.outputLengths)
    #expect(check.layer.output.count == golden.output.shape[2])
    expectClose(
      LayerCheck.masked(result.output.values, lengths: result.output.lengths).values,
      golden.output.values, absolute: 2e-6)
    var gradients = check.parameters.map { Tensor(shape: $0.shape) }
    let inputGradients = check.layer.backward(
      golden.direction.tensor, result.saved, LayerWeights(check.parameters + check.buffers),
      gradients: &gradients, wanted: check.inputs.map { _ in true }, check.pass)
    for (found, expected) in zip(inputGradients, golden.inputGradients) {
      expectClose(
        LayerCheck.masked(found, lengths: golden.lengths).values, expected.values, absolute: 5e-6)
    }
    #expect(gradients.count == golden.gradients.count)
    for (found, expected) in zip(gradients, golden.gradients) {
      expectClose(found.values, expected.values, absolute: 1e-5)
    }
    var moved = check.buffers
    if !result.statistics.isEmpty {
      check.layer.moveBuffers(&moved, statistics: result.statistics)
    }
    #expect(moved.count == golden.movedBuffers.count)
    for (found, expected) in zip(moved, golden.movedBuffers) {
      expectClose(found.values, expected.values, absolute: 1e-6)
    }
  }

  @Test(arguments: names) func gradientsAreSlopes(name: String) throws {
    try LayerGolden(name).check(Compute(threadCount: 1)).expectSlopes()
  }

  @Test(arguments: names) func piecesGiveWhatTheWholeGives(name: String) throws {
    try LayerGolden(name).check(Compute(threadCount: 2)).expectPiecesLikeTheWhole()
  }

  /// With weights as recognition reads them the output is close, and pieces give what the whole gives.
  @Test(arguments: names, WeightPrecision.allCases) func weightsMayHaveAnyPrecision(
    name: String, precision: WeightPrecision
  ) throws {
    let check = try LayerGolden(name).check(Compute(threadCount: 2))
    guard check.layer.parameters.contains(where: \.isProductWeight) else { return }
    let exact = check.output(check.inputs, check.parameters).output
    let found = check.output(check.inputs, in: precision).output
    let tolerance: Float = precision == .float32 ? 1e-5 : precision == .bfloat16 ? 0.03 : 0.1
    expectClose(
      LayerCheck.masked(found.values, lengths: found.lengths).values,
      LayerCheck.masked(exact.values, lengths: exact.lengths).values, absolute: tolerance)
    check.expectPiecesLikeTheWhole(in: precision)
  }
}

/// A layer, what goes in, and what another program made of it.
struct LayerGolden: Decodable {
  let kind: String
  let fields: [String: FieldValue]
  let axes: [[Int]]
  let lengths: [Int]
  let inputs: [Numbers]
  let parameters: [Numbers]
  let buffers: [Numbers]
  let outputLengths: [Int]
  let output: Numbers
  let direction: Numbers
  let inputGradients: [Numbers]
  let gradients: [Numbers]
  let movedBuffers: [Numbers]

  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Float]
    var tensor: Tensor { Tensor(shape: shape, values: values) }
  }

  init(_ name: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("layers/\(name).json")))
    self = try JSONDecoder().decode(Self.self, from: data)
  }

  func check(_ compute: Compute) throws -> LayerCheck {
    let type = try #require(LayerKinds.named(kind))
    var reader = FieldReader(fields)
    let layer = try type.init(
      LayerPlace(name: "layer", inputs: axes.map { FrameShape($0) }), &reader)
    try reader.requireAllRead()
    #expect(layer.parameters.map(\.shape) == parameters.map(\.shape))
    return LayerCheck(
      layer, inputs: inputs.map { Sequences($0.tensor, lengths: lengths) },
      parameters: parameters.map(\.tensor), buffers: buffers.map(\.tensor),
      pass: Pass(compute: compute, dropoutSeed: 9))
  }
}
