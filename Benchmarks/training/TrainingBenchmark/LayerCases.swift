import ParlaDescriptions
import ParlaNeuralNetwork

/// A layer, or a few of them, as a preset has it, on random numbers.
struct LayerCase {
  let name: String
  let frames: Int
  let axes: [Int]
  let nodes: [NodeDescription]

  private static func node(
    _ kind: String, _ name: String, inputs: [String]? = nil, _ fields: [String: FieldValue] = [:]
  ) -> NodeDescription {
    NodeDescription(kind: kind, name: name, inputs: inputs, fields: fields)
  }

  /// Those that `peers/torch_layers.py` knows by the same names.
  static let all: [LayerCase] = [
    LayerCase(
      name: "convolution_2d", frames: 800, axes: [40, 1],
      nodes: [
        node(
          "convolution_2d", "a",
          [
            "channels": 32, "size": [11, 21], "stride": [2, 2], "padding": "same",
            "height_padding": "same",
          ])
      ]),
    LayerCase(
      name: "convolution_2d_next", frames: 400, axes: [20, 32],
      nodes: [
        node(
          "convolution_2d", "a",
          [
            "channels": 32, "size": [11, 11], "stride": [1, 2], "padding": "same",
            "height_padding": "same",
          ])
      ]),
    LayerCase(name: "gru_512", frames: 400, axes: [512], nodes: [node("gru", "a", ["size": 512])]),
    LayerCase(
      name: "gru_1000", frames: 400, axes: [1000], nodes: [node("gru", "a", ["size": 1000])]),
    LayerCase(
      name: "lstm_512_norm", frames: 400, axes: [512],
      nodes: [node("lstm", "a", ["size": 512]), node("layer_normalization", "b")]),
    LayerCase(
      name: "attention_400", frames: 400, axes: [256],
      nodes: [node("attention", "a", ["heads": 4])]),
    LayerCase(
      name: "attention_1600", frames: 1600, axes: [256],
      nodes: [node("attention", "a", ["heads": 4])]),
    LayerCase(
      name: "attention_relative_400", frames: 400, axes: [256],
      nodes: [node("attention", "a", ["heads": 4, "positions": "relative"])]),
    LayerCase(
      name: "depthwise_31", frames: 400, axes: [256],
      nodes: [
        node(
          "convolution_1d", "a", ["channels": 256, "size": 31, "groups": 256, "padding": "same"])
      ]),
    LayerCase(name: "conformer_256", frames: 400, axes: [256], nodes: conformer),
    LayerCase(
      name: "batch_normalization", frames: 400, axes: [256],
      nodes: [node("batch_normalization", "a")]),
    LayerCase(
      name: "layer_normalization", frames: 400, axes: [256],
      nodes: [node("layer_normalization", "a")]),
    LayerCase(name: "silu", frames: 400, axes: [1024], nodes: [node("silu", "a")]),
    LayerCase(name: "gelu", frames: 400, axes: [1024], nodes: [node("gelu", "a")]),
  ]

  /// A block of the Conformer.
  ///
  /// Gulati et al. 2020, section 2: half a feed-forward module, attention, convolution, the other half.
  private static var conformer: [NodeDescription] {
    func feedForward(_ name: String, after before: String) -> [NodeDescription] {
      [
        node("layer_normalization", "\(name)_norm", inputs: [before]),
        node("dense", "\(name)_up", ["size": 1024]), node("silu", "\(name)_silu"),
        node("dense", "\(name)_down", ["size": 256]),
        node("merge", name, inputs: [before, "\(name)_down"], ["factors": [1, 0.5]]),
      ]
    }
    return feedForward("first", after: "input") + [
      node("layer_normalization", "attention_norm"), node("attention", "heads", ["heads": 4]),
      node("merge", "attended", inputs: ["first", "heads"]),
      node("layer_normalization", "convolution_norm"),
      node("convolution_1d", "pointwise", ["channels": 512, "size": 1]), node("glu", "gate"),
      node(
        "convolution_1d", "depthwise",
        ["channels": 256, "size": 31, "groups": 256, "padding": "same"]),
      node("batch_normalization", "batch_norm"), node("silu", "convolution_silu"),
      node("convolution_1d", "back", ["channels": 256, "size": 1]),
      node("merge", "convolved", inputs: ["attended", "back"]),
    ] + feedForward("second", after: "convolved") + [node("layer_normalization", "last")]
  }

  /// Seconds forwards and backwards of a passage of `batch` sequences: the best of `steps` after one that is not counted.
  func seconds(_ compute: Compute, batch: Int, steps: Int) throws(DescriptionProblem) -> (
    forwards: Stopwatch, backwards: Stopwatch
  ) {
    let graph = try Graph(
      GraphDescription(inputs: [.init(shape: axes)], nodes: nodes, outputs: nil))
    let parameters = Parameters(initializing: graph.parameters, seed: 1)
    let buffers = Parameters(initializing: graph.buffers, seed: 1)
    let weights = GraphWeights(graph, parameters, buffers: buffers)
    let pass = Pass(compute: compute, dropoutSeed: 1)
    var generator = SeededGenerator(seed: 2)
    var input = Tensor(unwritten: [frames, batch, axes.reduce(1, *)])
    for index in 0..<input.count { input[index] = .random(in: -1...1, using: &generator) }
    var best: (Stopwatch, Stopwatch)?
    for step in 0...steps {
      var forwards = Stopwatch()
      let passage = graph.forward([Sequences(full: input)], weights, pass)
      forwards.stop()
      let gradient = Tensor(shape: passage.outputs[0].values.shape, repeating: 0.01)
      var backwards = Stopwatch()
      _ = graph.backward([gradient], passage, weights, pass)
      backwards.stop()
      let isBetter = best.map { forwards.wall + backwards.wall < $0.0.wall + $0.1.wall } ?? true
      if step > 0, isBetter { best = (forwards, backwards) }
    }
    return best ?? (Stopwatch(), Stopwatch())
  }
}
