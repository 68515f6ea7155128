public import ParlaDescriptions

/// One node of a graph as a description names it: a layer of a kind, where its inputs come from, and its fields.
public struct NodeDescription: Sendable, Equatable {
  /// The kind of layer, such as `dense`.
  public var kind: String

  /// Unique in its graph.
  public var name: String

  /// The nodes or inputs of the graph whose frames go in; nil for the node before.
  public var inputs: [String]?

  /// The layer's other fields.
  public var fields: [String: FieldValue]

  /// The node whose weights this one uses; nil for weights of its own.
  public var reuse: String?

  /// Describes a node.
  public init(
    kind: String, name: String, inputs: [String]? = nil, fields: [String: FieldValue] = [:],
    reuse: String? = nil
  ) {
    self.kind = kind
    self.name = name
    self.inputs = inputs
    self.fields = fields
    self.reuse = reuse
  }
}

extension NodeDescription: Codable {
  private enum Key: String, CodingKey { case kind, name, inputs, fields, reuse }

  /// Reads `{"kind": …, "name": …, "inputs": […], "fields": {…}}`, or the form of models of version 1,
  /// `{"dense": {"name": …, "size": …}}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    if let kind = try container.decodeIfPresent(String.self, forKey: .kind) {
      self.init(
        kind: kind, name: try container.decode(String.self, forKey: .name),
        inputs: try container.decodeIfPresent([String].self, forKey: .inputs),
        fields: try container.decodeIfPresent([String: FieldValue].self, forKey: .fields) ?? [:],
        reuse: try container.decodeIfPresent(String.self, forKey: .reuse))
      return
    }
    let former = try decoder.singleValueContainer().decode([String: [String: FieldValue]].self)
    guard former.count == 1, let (key, given) = former.first, let name = given["name"]?.text else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a layer without a kind"))
    }
    var fields = given
    fields["name"] = nil
    let type = fields.removeValue(forKey: "type")?.text
    self.init(
      kind: key == "normalization" ? "layer_normalization" : type ?? key, name: name,
      fields: fields)
  }

  /// Writes the form with `kind`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(name, forKey: .name)
    try container.encodeIfPresent(inputs, forKey: .inputs)
    if !fields.isEmpty { try container.encode(fields, forKey: .fields) }
    try container.encodeIfPresent(reuse, forKey: .reuse)
  }
}

/// A graph as a description names it.
public struct GraphDescription: Sendable, Equatable {
  /// The inputs: names and the lengths of a frame's axes.
  public var inputs: [Input]

  /// The nodes in the order in which they were written.
  public var nodes: [NodeDescription]

  /// The nodes whose frames come out; nil for the last one.
  public var outputs: [String]?

  /// One of the graph's inputs.
  public struct Input: Sendable, Equatable, Codable {
    /// Unique among inputs and nodes.
    public var name: String

    /// Length of each axis of a frame, outermost first.
    public var shape: [Int]

    /// Describes an input.
    public init(name: String = "input", shape: [Int]) {
      self.name = name
      self.shape = shape
    }
  }

  /// Describes a graph.
  public init(inputs: [Input], nodes: [NodeDescription], outputs: [String]? = nil) {
    self.inputs = inputs
    self.nodes = nodes
    self.outputs = outputs
  }
}
