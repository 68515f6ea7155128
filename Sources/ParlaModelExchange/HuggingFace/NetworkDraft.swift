import ParlaAcousticModel
import ParlaDescriptions
import ParlaNeuralNetwork

/// A network on its way from another toolkit's settings: its nodes, and where their weights stand in that toolkit's tensors.
struct NetworkDraft {
  /// The nodes so far.
  private(set) var nodes: [NodeDescription] = []

  /// For each parameter, and each buffer, by its name.
  private(set) var places: [String: TensorPlace] = [:]

  /// Adds a node, which takes what the one before gives unless `inputs` say otherwise.
  mutating func add(
    _ kind: String, _ name: String, inputs: [String]? = nil, _ fields: [String: FieldValue] = [:]
  ) {
    nodes.append(NodeDescription(kind: kind, name: name, inputs: inputs, fields: fields))
  }

  /// The name of the last node.
  var last: String { nodes.last?.name ?? "features" }

  // MARK: Layers with weights

  /// y = x Wᵀ + b.
  mutating func dense(_ name: String, _ tensor: String, size: Int, inputs: [String]? = nil) {
    add("dense", name, inputs: inputs, ["size": .count(size)])
    places["\(name).weight"] = TensorPlace("\(tensor).weight")
    places["\(name).bias"] = TensorPlace("\(tensor).bias")
  }

  /// A layer normalisation.
  mutating func norm(_ name: String, _ tensor: String, epsilon: Double, inputs: [String]? = nil) {
    add("layer_normalization", name, inputs: inputs, ["epsilon": .number(epsilon)])
    learned(name, tensor)
  }

  /// What normalisations learn.
  mutating func learned(_ name: String, _ tensor: String) {
    places["\(name).gamma"] = TensorPlace("\(tensor).weight")
    places["\(name).beta"] = TensorPlace("\(tensor).bias")
  }

  /// A convolution in time.
  mutating func convolution(
    _ name: String, _ tensor: String, channels: Int, size: Int, hasBias: Bool,
    _ fields: [String: FieldValue], inputs: [String]? = nil
  ) {
    var all = fields
    all["channels"] = .count(channels)
    all["size"] = .count(size)
    all["bias"] = .flag(hasBias)
    add("convolution_1d", name, inputs: inputs, all)
    if fields["weight_norm"] != nil {
      let weight = "\(tensor).parametrizations.weight.original"
      places["\(name).weight"] = TensorPlace(weight + "1", .convolution(steps: size))
      places["\(name).weight_norm"] = TensorPlace(weight + "0", shape: [1, 1, size])
    } else {
      places["\(name).weight"] = TensorPlace("\(tensor).weight", .convolution(steps: size))
    }
    if hasBias { places["\(name).bias"] = TensorPlace("\(tensor).bias") }
  }

  /// An attention whose projections are called so.
  mutating func attention(
    _ name: String, _ tensor: String, queries: String, keys: String, values: String,
    output: String, _ fields: [String: FieldValue], inputs: [String]? = nil
  ) {
    add("attention", name, inputs: inputs, fields)
    for (ours, theirs) in [("weight", "weight"), ("bias", "bias")] {
      places["\(name).input_\(ours)"] = TensorPlace(
        stacking: [queries, keys, values].map { "\(tensor).\($0).\(theirs)" })
      places["\(name).output_\(ours)"] = TensorPlace("\(tensor).\(output).\(theirs)")
    }
  }

  /// Says where a parameter stands.
  mutating func place(_ parameter: String, at place: TensorPlace) { places[parameter] = place }

  /// What the last layer's tensors are called.
  static let head = "lm_head"

  /// The last layer, whose output i is output `order[i]` there.
  mutating func addHead(order: [Int]) {
    dense("labels", Self.head, size: order.count)
    place("labels.weight", at: TensorPlace("\(Self.head).weight", .rows(order)))
    place("labels.bias", at: TensorPlace("\(Self.head).bias", .rows(order)))
  }

  // MARK: Layers without

  /// Units that drop out in training; nothing where none do.
  mutating func dropout(_ name: String, rate: Double) {
    if rate > 0 { add("dropout", name, ["rate": .number(rate)]) }
  }

  /// Spans of frames and features that training hides, as `fields` say.
  mutating func mask(_ tensor: String, _ fields: [String: FieldValue]) {
    add("mask", "masked", fields)
    places["masked.embedding"] = TensorPlace("\(tensor).masked_spec_embed", isOptional: true)
  }

  /// The block between `before` and the last node, which training sometimes passes by.
  mutating func layerDrop(_ before: String, rate: Double) {
    add("layer_drop", "\(last)_kept", inputs: [last, before], ["rate": .number(rate)])
  }

  /// The sum of two nodes, of the second only `share`.
  mutating func sum(_ name: String, _ first: String, _ second: String, share: Double = 1) {
    add(
      "merge", name, inputs: [first, second],
      share == 1 ? ["type": "sum"] : ["type": "sum", "factors": [1, .number(share)]])
  }
}

extension FieldValue {
  /// A whole number.
  static func count(_ value: Int) -> FieldValue { .number(Double(value)) }
}

extension FolderSettings {
  /// The kind of layer that computes the activation which setting `name` names.
  func activation(_ name: String, default fallback: String) throws(ModelError) -> String {
    let kinds = [
      "gelu": "gelu", "relu": "relu", "silu": "silu", "swish": "silu", "tanh": "tanh",
      "sigmoid": "sigmoid", "elu": "elu",
    ]
    guard let kind = kinds[try text(name, default: fallback)] else {
      throw problem(name, "one of \(kinds.keys.sorted().joined(separator: ", "))")
    }
    return kind
  }

  /// A share of units that drop out.
  func dropout(_ name: String, default fallback: Double = 0.1) throws(ModelError) -> Double {
    try number(name, below: 1, default: fallback)
  }
}
