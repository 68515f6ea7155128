import Foundation
import ParlaAcousticModel
import ParlaDescriptions
import ParlaFiles
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// What ONNX Runtime makes of exported layers and networks is what Parla makes of them.
///
/// `scripts/check-onnx` says where a Python with ONNX Runtime is, and runs these.
@Suite(.enabled(if: ONNXRuntime.python != nil, "scripts/check-onnx runs them"))
struct ONNXRuntimeTests {
  /// Every kind, whole and in pieces of random length, some of them without a frame, and a recording that is shorter than windows.
  @Test func layersGiveWhatTheyGiveHere() throws {
    var runtime = try ONNXRuntime()
    for layer in try ONNXCase.goldens() + ONNXCase.more() {
      let (graph, parameters, buffers) = try layer.graph()
      for frames in [23, 2] {
        try runtime.add(
          layer.name, graph, parameters, buffers, frames: frames, inputNames: layer.inputNames)
      }
    }
    try runtime.expectTheSame(absolute: 1e-4)
  }

  /// Paths of different delay and rate that meet again, shared weights, and an output that is not the last node.
  @Test func graphsGiveWhatTheyGiveHere() throws {
    var runtime = try ONNXRuntime()
    for (name, nodes) in ONNXCase.graphs {
      let graph = try Graph(
        GraphDescription(
          inputs: [.init(name: "input", shape: [6])], nodes: nodes,
          outputs: name == "inner" ? ["first"] : nil))
      try runtime.add(
        name, graph, .random(graph.parameters, seed: 5), .random(graph.buffers, seed: 6),
        frames: 31,
        inputNames: ["input"])
    }
    try runtime.expectTheSame(absolute: 1e-4)
  }

  @Test func presetsGiveWhatTheyGiveHere() throws {
    var runtime = try ONNXRuntime()
    let wholeFile = ["left": "all", "right": "all", "padding": "same", "blocks": "2"]
    let networks: [(NetworkPreset, [String: String])] =
      NetworkPreset.allCases.map { ($0, [:]) } + [(.conformer, wholeFile)]
    for (preset, settings) in networks {
      let description = try preset.file.description(
        labelCount: 4, settings: settings.merging(["n_hidden": "24"]) { $1 })
      let model = AcousticModel(
        description: description, alphabet: try Alphabet(labels: [" ", "a", "b"]),
        parameters: .random(description.graph.parameters, seed: 1),
        buffers: .random(description.graph.buffers, seed: 2))
      try runtime.add("\(preset)-\(settings.count)", model, frames: 157)
      try runtime.add("\(preset)-\(settings.count)-bytes", model, frames: 157, isQuantized: true)
    }
    try runtime.expectTheSame(absolute: 1e-4)
  }
}

/// Models that are run together by one start of Python.
private struct ONNXRuntime {
  /// A Python that has ONNX Runtime and NumPy.
  static var python: String? { ProcessInfo.processInfo.environment["PARLA_ONNX_PYTHON"] }

  private struct Job: Encodable {
    let model: String
    let inputs: [String: String]
    let pieces: [Int]
    let lengths: [Int]?
    let outputs: [String: String]
  }

  private let folder: String
  private var jobs: [Job] = []
  private var expected: [(output: String, frames: Sequences)] = []

  init() throws {
    folder =
      FileManager.default.temporaryDirectory.appending(path: "onnx-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Adds a network of random frames, two sequences of `frames` each, in every form that it has; as a whole also with a second one
  /// that is shorter.
  mutating func add(
    _ name: String, _ graph: Graph, _ parameters: Parameters, _ buffers: Parameters, frames: Int,
    inputNames: [String]
  ) throws {
    let inputs = graph.description.inputs.enumerated().map { index, input in
      Tensor.random(
        [frames, 2, input.shape.reduce(1, *)], seed: UInt64(index + frames), bound: 2)
    }
    let weights = GraphWeights(graph, parameters, buffers: buffers)
    let output = { (lengths: [Int]) in
      graph(
        inputs.map { Sequences($0, lengths: lengths) }, weights,
        Pass(compute: Compute(threadCount: 1)))[0]
    }
    for form in forms(of: graph) {
      let network = try ONNXNetwork(
        graph, parameters: parameters, buffers: buffers, name: name, inputNames: inputNames,
        form: form)
      var laidOut = network.graph
      let found = network.outputs[0]
      laidOut.output(found.value, as: "found", ["count", "sequences", "\(found.shape.count)"])
      let path = "\(folder)/\(name)-\(form)-\(frames)"
      try laidOut.write(to: path + ".onnx")
      let named = Dictionary(uniqueKeysWithValues: zip(inputNames, inputs))
      try add(path, named, frames, form, ["found": output([frames, frames])])
      guard form == .whole, frames > 2, !graph.nodes.contains(where: { $0.layer is SwapBatch })
      else { continue }
      let lengths = [frames, frames * 2 / 3]
      try add(path, named, frames, form, ["found": output(lengths)], lengths: lengths)
    }
  }

  /// Adds a model of random features.
  ///
  /// With `isQuantized` its weights are bytes, and what is expected is that of the same bytes in Parla's own file.
  mutating func add(
    _ name: String, _ model: AcousticModel, frames: Int, isQuantized: Bool = false
  ) throws {
    let input = Tensor.random([frames, 2, model.graph.inputCount], seed: 4, bound: 2)
    var own = model
    if isQuantized {
      try model.write(to: "\(folder)/\(name).safetensors", isQuantized: true)
      own = try AcousticModel(path: "\(folder)/\(name).safetensors")
    }
    for form in forms(of: model.graph) {
      let path = "\(folder)/\(name)-\(form)"
      try model.writeONNX(to: path + ".onnx", form: form, isQuantized: isQuantized)
      let equal = [frames, frames]
      try add(path, ["frames": input], frames, form, outputs(of: own, input, equal))
      guard form == .whole else { continue }
      let lengths = [frames * 3 / 4, frames]
      try add(
        path, ["frames": input], frames, form, outputs(of: own, input, lengths),
        lengths: lengths)
    }
  }

  private func outputs(
    of model: AcousticModel, _ input: Tensor, _ lengths: [Int]
  ) -> [String: Sequences] {
    let compute = Compute(threadCount: 1)
    var output = model.graph(
      [Sequences(input, lengths: lengths)],
      GraphWeights(model.graph, model.parameters, buffers: model.buffers), Pass(compute: compute))[
        0]
    compute.softmax(&output.values)
    var logarithms = output
    logarithms.values = Tensor(
      shape: output.values.shape, values: output.values.values.map { log($0) })
    return ["probabilities": output, "log_probabilities": logarithms]
  }

  private func forms(of graph: Graph) -> [ONNXForm] {
    ONNXNetwork.usualForm(graph) == .pieces ? [.pieces, .whole] : [.whole]
  }

  private mutating func add(
    _ path: String, _ inputs: [String: Tensor], _ frames: Int, _ form: ONNXForm,
    _ outputs: [String: Sequences], lengths: [Int]? = nil
  ) throws {
    let results = lengths == nil ? path : "\(path)-unequal"
    var files: [String: String] = [:]
    for (name, values) in inputs {
      files[name] = "\(path)-\(name).npy"
      try NumPyArray(shape: values.shape, values: values.values).write(
        to: "\(path)-\(name).npy")
    }
    // What holds no frames back always gets one: recurrent operators need it.
    let least =
      try Data(contentsOf: URL(fileURLWithPath: path + ".onnx")).range(
        of: Data("is_last".utf8)) == nil ? 1 : 0
    var pieces: [Int] = []
    var generator = SeededGenerator(mixing: UInt64(frames), 7)
    while form == .pieces, pieces.reduce(0, +) < frames {
      pieces.append(
        min(Int.random(in: least...6, using: &generator), frames - pieces.reduce(0, +)))
    }
    if form == .pieces, least == 0 { pieces.append(0) }
    for (name, frames) in outputs { expected.append(("\(results)-\(name).npy", frames)) }
    jobs.append(
      Job(
        model: path + ".onnx", inputs: files, pieces: pieces, lengths: lengths,
        outputs: Dictionary(
          uniqueKeysWithValues: outputs.keys.map { ($0, "\(results)-\($0).npy") })))
  }

  /// Runs all models and compares.
  func expectTheSame(absolute: Float) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let list = folder + "/jobs.json"
    try JSONEncoder().encode(jobs).write(to: URL(fileURLWithPath: list))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [Self.script, list]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    for (path, frames) in expected where FileManager.default.fileExists(atPath: path) {
      let found = try NumPyArray(path: path)
      #expect(found.shape == frames.values.shape, "\(path)")
      guard found.shape == frames.values.shape else { continue }
      let tensor = Tensor(shape: found.shape, values: found.values)
      for (number, length) in frames.lengths.enumerated() {
        let (own, theirs) = (
          frames.frames(of: number).values,
          Sequences(tensor, lengths: frames.lengths).frames(of: number).values
        )
        #expect(own.count == length * frames.featureCount)
        let difference = zip(own, theirs).map { abs($0 - $1) }.max() ?? 0
        #expect(difference <= absolute, "\(path), sequence \(number)")
      }
    }
  }

  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../../scripts/checks/official/onnx_pieces.py").standardizedFileURL.path
}
