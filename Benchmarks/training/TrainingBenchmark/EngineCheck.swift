import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaDescriptions
import ParlaModelDescription
import ParlaNeuralNetwork

/// Losses, gradients and steps of an engine compared with those of the CPU engine.
struct EngineCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-engine",
    abstract:
      "Holds what an engine computes against the processor's engine, for every layer and optimiser."
  )

  @OptionGroup var options: EngineOptions
  @Option(help: "The largest difference, in shares of the largest number.") var tolerance = 1e-4

  func run() throws {
    var failures = 0
    for network in try ExampleNetwork.all() {
      for method in network.methods {
        let found = try difference(network, method)
        let isClose = found.worst <= tolerance
        failures += isClose ? 0 : 1
        print(
          "\(isClose ? "ok  " : "FAIL") \(network.name), \(method): \(found.description)")
      }
    }
    guard failures == 0 else {
      print("check-engine: \(failures) failed")
      throw ExitCode.failure
    }
    print("check-engine: all as on the processor")
  }

  private struct Difference {
    var losses = 0.0, gradients = 0.0, weights = 0.0, buffers = 0.0, probabilities = 0.0
    var worst: Double { [losses, gradients, weights, buffers, probabilities].max() ?? 0 }
    var description: String {
      let figures = [
        ("losses", losses), ("gradients", gradients), ("weights", weights), ("buffers", buffers),
        ("probabilities", probabilities),
      ]
      return figures.map { "\($0.0) \(String(format: "%.1e", $0.1))" }.joined(separator: ", ")
    }
  }

  private func difference(
    _ network: ExampleNetwork, _ method: OptimizationMethod
  ) throws -> Difference {
    let graph = network.graph
    let start = EngineSnapshot(
      parameters: Parameters(initializing: graph.parameters, seed: 5),
      buffers: Parameters(initializing: graph.buffers, seed: 6))
    var result = Difference()
    // A step of plain descent is the gradient.
    var (own, other) = try engines(graph, start, .sgd())
    let step = network.steps[0]
    let rates = graph.parameters.map { _ in Float(1) }
    result.losses = distance(
      try run(&own, step, rates, clip: nil), try run(&other, step, rates, clip: nil))
    let (a, b) = (try own.snapshot, try other.snapshot)
    result.gradients = distance(
      a.parameters.without(start.parameters), b.parameters.without(start.parameters))
    (own, other) = try engines(graph, start, method)
    var frozen = graph.parameters.map { _ in Float(1e-3) }
    for (number, step) in network.steps.enumerated() {
      frozen[0] = number == 1 ? 0 : 1e-3
      let clip = number == 2 ? 0.5 : nil
      result.losses = max(
        result.losses,
        distance(try run(&own, step, frozen, clip: clip), try run(&other, step, frozen, clip: clip))
      )
      if number == 1 {
        // Carried over: what one engine saved, the other resumes.
        other = try options.make(graph, from: own.snapshot, method)
      }
    }
    let (c, d) = (try own.snapshot, try other.snapshot)
    result.weights = distance(c.parameters, d.parameters)
    result.buffers = distance(c.buffers, d.buffers)
    let (p, q) = (try own.evaluate(step), try other.evaluate(step))
    result.losses = max(result.losses, distance(p.losses, q.losses))
    for number in 0..<p.probabilities.count {
      let both = [p, q].map { $0.probabilities.frames(of: number).values.map { Double($0) } }
      result.probabilities = max(result.probabilities, distance(both[0], both[1]))
    }
    if p.probabilities.lengths != q.probabilities.lengths { result.probabilities = .infinity }
    return result
  }

  private func engines(
    _ graph: Graph, _ start: EngineSnapshot, _ method: OptimizationMethod
  ) throws -> (any TrainingEngine, any TrainingEngine) {
    (
      CPUTrainingEngine(
        graph, from: start, EngineSettings(optimizer: method, precision: .float32)),
      try options.make(graph, from: start, method)
    )
  }

  /// A step in two parts, and its losses.
  private func run(
    _ engine: inout any TrainingEngine, _ batch: TrainingBatch, _ rates: [Float], clip: Double?
  ) throws -> [Double] {
    try engine.clearGradients()
    let losses = try engine.addGradients(
      of: batch, isWanted: rates.map { $0 != 0 }, dropoutSeed: 77)
    guard try engine.gradientsAreFinite else { return losses.map { _ in .infinity } }
    if let clip {
      try engine.clipGradients(toNorm: clip, of: rates.indices.filter { rates[$0] != 0 })
    }
    try engine.apply(learningRates: rates)
    return losses
  }

  /// That of the tensor where it is largest; negligible tensors count as a hundredth of the others.
  private func distance(_ a: Parameters, _ b: Parameters) -> Double {
    let largest = a.tensors.flatMap(\.values).map { abs(Double($0)) }.max() ?? 0
    return zip(a.tensors, b.tensors).map { a, b in
      distance(
        a.values.map { Double($0) }, b.values.map { Double($0) }, atLeast: largest / 100)
    }.max() ?? 0
  }

  /// The largest difference in shares of the largest number.
  private func distance(_ a: [Double], _ b: [Double], atLeast least: Double = 1e-6) -> Double {
    guard a.count == b.count else { return .infinity }
    let largest = a.map { abs($0) }.max() ?? 0
    let difference = zip(a, b).map { abs($0 - $1) }
    guard difference.allSatisfy(\.isFinite) else { return .infinity }
    return (difference.max() ?? 0) / max(largest, least, 1e-12)
  }
}

extension Parameters {
  /// What was added to `before`.
  fileprivate func without(_ before: Parameters) -> Parameters {
    var result = self
    for index in tensors.indices {
      result.tensors[index] = Tensor(
        shape: tensors[index].shape,
        values: zip(tensors[index].values, before.tensors[index].values).map { $0 - $1 })
    }
    return result
  }
}

/// A small network with batches for it.
struct ExampleNetwork {
  let name: String
  let graph: Graph
  let steps: [TrainingBatch]
  var methods: [OptimizationMethod] = [.adam(epsilon: 1e-3)]

  static func all() throws -> [ExampleNetwork] {
    var networks: [ExampleNetwork] = []
    let settings = ["n_hidden": "48", "dropout_rate": "0.3"]
    let preset = try ModelDescription.deepSpeech(labelCount: 12, settings: settings)
    var usual = ExampleNetwork("deepspeech", preset.graph)
    usual.methods += [
      .sgd(), .sgd(momentum: 0.9), .sgd(momentum: 0.9, isNesterov: true),
      .rmsprop(momentum: 0.5), .rmsprop(epsilon: 1e-3), .adadelta(epsilon: 1e-4),
    ]
    networks.append(usual)
    networks.append(
      ExampleNetwork("deepspeech with layer_norm", try preset.withLayerNormalization.graph))
    for (name, nodes) in chains where nodes.allSatisfy({ LayerKinds.named($0.kind) != nil }) {
      let graph = try Graph(
        GraphDescription(
          inputs: [.init(shape: [20])],
          nodes: nodes + [.dense(name: "labels", size: 12)]))
      networks.append(ExampleNetwork(name, graph))
    }
    return networks
  }

  private init(_ name: String, _ graph: Graph) {
    self.name = name
    self.graph = graph
    var generator = SeededGenerator(mixing: 3, 4)
    steps = (0..<4).map { step in
      // Unequal lengths, the same twice, so that recorded steps are replayed with other numbers.
      let lengths = step == 1 ? [37, 37, 37] : [41, 23, 37, 30]
      var values = Tensor(shape: [lengths.max() ?? 0, lengths.count, graph.inputCount])
      for (number, length) in lengths.enumerated() {
        for frame in 0..<length {
          for feature in 0..<graph.inputCount {
            values[(frame * lengths.count + number) * graph.inputCount + feature] = .random(
              in: -1...1, using: &generator)
          }
        }
      }
      let labels = lengths.indices.map { number in
        (0..<3 + number).map { _ in Int32.random(in: 0..<11, using: &generator) }
      }
      return TrainingBatch(inputs: [Sequences(values, lengths: lengths)], targets: .labels(labels))
    }
  }

  private static func node(
    _ kind: String, _ fields: [String: FieldValue] = [:], inputs: [String]? = nil,
    name: String? = nil
  ) -> NodeDescription {
    NodeDescription(kind: kind, name: name ?? kind, inputs: inputs, fields: fields)
  }

  /// Every other kind of layer, in networks of a few.
  private static var chains: [(String, [NodeDescription])] {
    let pair: (Double, Double) -> FieldValue = { .list([.number($0), .number($1)]) }
    return [
      (
        "dropout after an lstm",
        [node("lstm", ["size": .number(24)]), node("dropout", ["rate": .number(0.4)])]
      ),
      ("gru", [node("gru", ["size": .number(24)])]),
      (
        "bidirectional lstm",
        [node("bidirectional", ["type": .text("lstm"), "size": .number(16)])]
      ),
      (
        "bidirectional gru, summed",
        [
          node(
            "bidirectional",
            ["type": .text("gru"), "size": .number(16), "merge": .text("sum")])
        ]
      ),
      (
        "convolution_1d and batch_normalization",
        [
          node(
            "convolution_1d",
            [
              "channels": .number(24), "size": .number(5), "stride": .number(2),
              "groups": .number(2),
            ]),
          node("batch_normalization"), node("clipped_relu", ["ceiling": .number(4)]),
          node("gru", ["size": .number(16)]), node("batch_normalization", name: "second"),
        ]
      ),
      (
        "convolution_2d and pooling",
        [
          node(
            "convolution_2d",
            ["channels": .number(6), "size": pair(3, 5), "stride": pair(1, 2)]),
          node("pooling", ["type": .text("max"), "size": pair(2, 2)]),
          node(
            "convolution_2d",
            ["channels": .number(4), "size": pair(3, 3), "padding": .text("causal")], name: "second"
          ),
          node("pooling", ["type": .text("average"), "size": pair(1, 2)], name: "average"),
        ]
      ),
      (
        "functions",
        [
          "relu", "gelu", "silu", "tanh", "sigmoid", "hard_sigmoid", "keras_hard_sigmoid", "elu",
          "softplus", "softsign", "softmax", "log_softmax", "glu",
        ].flatMap {
          [node("dense", ["size": .number(12)], name: "before_\($0)"), node($0)]
        }
      ),
      (
        "normalizations and row_convolution",
        [
          node("rms_normalization"), node("row_convolution", ["look_ahead": .number(3)]),
          node(
            "convolution_2d", ["channels": .number(6), "size": pair(3, 3), "stride": pair(1, 2)]),
          node("group_normalization", ["groups": .number(2)]),
          node("convolution_1d", ["channels": .number(12), "size": .number(3)]),
          node(
            "group_normalization", ["groups": .number(3), "over_time": .flag(true)],
            name: "over_time"),
          node("row_convolution", ["look_ahead": .number(2), "bias": .flag(true)], name: "look"),
          node(
            "convolution_1d",
            [
              "channels": .number(12), "size": .number(4), "groups": .number(2),
              "weight_norm": .text("step"),
            ], name: "lengths"),
        ]
      ),
      (
        "positional_encoding, attention and highway",
        [
          node("positional_encoding", ["scale": .number(2)]),
          node("attention", ["heads": .number(4)]), node("highway"),
          node(
            "attention",
            [
              "heads": .number(2), "head_size": .number(6), "positions": .text("rotary"),
              "left": .number(5), "right": .number(2), "chunk": .number(3), "bias": .flag(false),
            ], name: "limited"),
        ]
      ),
      (
        "merge",
        [
          node("dense", ["size": .number(16)], name: "a"),
          node("dense", ["size": .number(16)], inputs: ["input"], name: "b"),
          node("merge", ["type": .text("multiply")], inputs: ["a", "b"]),
          node("merge", ["type": .text("concat")], inputs: ["merge", "a", "b"], name: "joined"),
          node("merge", ["type": .text("max")], inputs: ["a", "b"], name: "most"),
          node("merge", ["type": .text("concat")], inputs: ["joined", "most"], name: "all"),
        ]
      ),
    ]
  }
}
