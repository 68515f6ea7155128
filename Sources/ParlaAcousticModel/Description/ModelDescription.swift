public import ParlaAudio
package import ParlaDescriptions
public import ParlaNeuralNetwork

/// The structure of a model, without its weights: its input features and the graph of its layers.
///
/// It is checked when it is made: every description is one of a graph that can be built.
public struct ModelDescription: Sendable, Equatable {
  /// The description's name, such as `deepspeech`.
  public let name: String

  /// How sound becomes the input of the first layer.
  public let features: FeatureSettings

  /// The graph of the layers.
  package let graph: Graph

  /// The nodes in the order in which they were written, with all inputs and defaults.
  public var layers: [NodeDescription] { graph.description.nodes }

  /// Combines features with layers; a layer that names no inputs takes the output of the previous one.
  ///
  /// - Throws: `ModelError.badDescription` naming the layer.
  public init(
    name: String, features: FeatureSettings, layers: [NodeDescription], outputs: [String]? = nil
  ) throws(ModelError) {
    do {
      try self.init(described: name, features: features, layers: layers, outputs: outputs)
    } catch {
      let layer = error.item.map { layers[$0].name }
      throw ModelError(error, path: layer.map { "\(name): \($0)" } ?? name, line: nil)
    }
  }

  /// The same for callers that know the position of the layers.
  package init(
    described name: String, features: FeatureSettings, layers: [NodeDescription],
    outputs: [String]?
  ) throws(DescriptionProblem) {
    self.name = name
    self.features = features
    graph = try Graph(
      GraphDescription(
        inputs: [.init(name: "features", shape: [features.inputCount])], nodes: layers,
        outputs: outputs))
  }

  /// Whether two descriptions are of the same model.
  public static func == (a: ModelDescription, b: ModelDescription) -> Bool {
    (a.name, a.features) == (b.name, b.features)
      && a.graph.description == b.graph.description
  }

  /// This description for other features.
  ///
  /// - Throws: `ModelError.badDescription` when the layers do not fit them.
  package func taking(_ features: FeatureSettings) throws(ModelError) -> ModelDescription {
    try ModelDescription(
      name: name, features: features, layers: layers, outputs: graph.description.outputs)
  }

  /// How long a frame of the outputs lasts, in seconds.
  public var secondsPerFrame: Double {
    Double(features.stepLength * graph.position().stride) / Double(features.sampleRate)
  }
}

extension ModelDescription: Codable {
  private enum Key: String, CodingKey { case name, features, layers, outputs }

  /// Reads a description of any version.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    try self.init(
      name: try container.decode(String.self, forKey: .name),
      features: try container.decode(FeatureSettings.self, forKey: .features),
      layers: try container.decode([NodeDescription].self, forKey: .layers),
      outputs: try container.decodeIfPresent([String].self, forKey: .outputs))
  }

  /// Writes every node with its kind, name, inputs and fields.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(features, forKey: .features)
    try container.encode(layers, forKey: .layers)
    try container.encodeIfPresent(graph.description.outputs, forKey: .outputs)
  }
}

extension ModelDescription {
  /// The layers without their inputs: a chain.
  package var chain: [NodeDescription] {
    layers.map { layer in
      var layer = layer
      layer.inputs = nil
      return layer
    }
  }
}
