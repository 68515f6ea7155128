/// What is said about a model beside its network, its features and its alphabet.
public struct ModelMetadata: Sendable, Equatable {
  /// The language it hears, such as `en-US`.
  public var language: String

  /// How many candidates its makers advise to follow.
  public var beamWidth: Int

  /// The interface of the graph that the official clients test: 6 for DeepSpeech 0.7 to 0.9 and Coqui STT 1.
  public var graphVersion: Int

  /// Who made it.
  public var author: String

  /// What its makers call it.
  public var name: String

  /// Its makers' number of it.
  public var version: String

  /// How to reach the makers.
  public var contact: String

  /// The licence's identifier, such as `CC0-1.0`.
  public var license: String

  /// Words for people, in Markdown.
  public var summary: String

  /// Joins what is known; what is not is left empty.
  public init(
    language: String = "", beamWidth: Int = 500, graphVersion: Int = 6, author: String = "author",
    name: String = "model", version: String = "0.0.1", contact: String = "", license: String = "",
    summary: String = ""
  ) {
    self.language = language
    self.beamWidth = beamWidth
    self.graphVersion = graphVersion
    self.author = author
    self.name = name
    self.version = version
    self.contact = contact
    self.license = license
    self.summary = summary
  }

  /// A model card as DeepSpeech writes it: Markdown after a head in YAML; `runtime` is `tensorflow`, `tflite` or `onnx`.
  public func card(runtime: String) -> String {
    let fields = [
      ("author", author), ("model_name", name), ("model_version", version),
      ("contact_info", contact), ("license", license), ("language", language),
      ("runtime", runtime),
    ]
    let head = fields.map { "\($0.0): \($0.1)" }.joined(separator: "\n")
    return "---\n\(head)\n---\n\(summary)\n"
  }
}

/// A model from a file of any format, with what the file says of it.
public struct ImportedModel: Sendable {
  /// How a file's weights are written.
  public enum Precision: String, Sendable {
    /// 32-bit floating point.
    case float32
    /// Signed bytes, to be multiplied by a scale.
    case int8
  }

  /// The network, its features and its alphabet.
  public let model: AcousticModel

  /// What else the file says.
  public let metadata: ModelMetadata

  /// How the weights are written in the file; in memory they are float32.
  public let precision: Precision

  init(
    model: AcousticModel, metadata: ModelMetadata = ModelMetadata(),
    precision: Precision = .float32
  ) {
    self.model = model
    self.metadata = metadata
    self.precision = precision
  }
}
