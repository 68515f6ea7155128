/// Metadata of a model besides its network, its features and its alphabet.
public struct ModelMetadata: Sendable, Equatable {
  /// The language it recognises, such as `en-US`.
  public var language: String

  /// How many candidates its makers advise to follow, if they do.
  public var beamWidth: Int?

  /// The interface of the graph that the official clients check, if the file has it; see `usualGraphVersion`.
  public var graphVersion: Int?

  /// Who made it.
  public var author: String

  /// The name that its makers gave it.
  public var name: String

  /// Its makers' number of it.
  public var version: String

  /// How to reach the makers.
  public var contact: String

  /// The licence's identifier, such as `CC0-1.0`.
  public var license: String

  /// Words for people, in Markdown.
  public var summary: String

  /// Combines the known values; unknown ones are empty.
  public init(
    language: String = "", beamWidth: Int? = nil, graphVersion: Int? = nil, author: String = "",
    name: String = "", version: String = "", contact: String = "", license: String = "",
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
}

// MARK: - In Parla's own files

extension ModelMetadata {
  /// Each text's name in the metadata of a safetensors file.
  private static var textNames: [(name: String, place: WritableKeyPath<ModelMetadata, String>)] {
    [
      ("language", \.language), ("author", \.author), ("model_name", \.name),
      ("model_version", \.version), ("contact_info", \.contact), ("license", \.license),
      ("summary", \.summary),
    ]
  }

  /// The values that are known as texts by name.
  package var texts: [String: String] {
    var texts: [String: String] = [:]
    texts["graph_version"] = graphVersion.map { "\($0)" }
    texts["beam_width"] = beamWidth.map { "\($0)" }
    for (name, place) in Self.textNames where !self[keyPath: place].isEmpty {
      texts[name] = self[keyPath: place]
    }
    return texts
  }

  /// Reads the values that `texts` have; nil when there are none.
  ///
  /// - Throws: `ModelError.damaged` for a beam width that is none.
  package init?(texts: [String: String], path: String) throws(ModelError) {
    let names = ["graph_version", "beam_width"] + Self.textNames.map(\.name)
    guard names.contains(where: { texts[$0] != nil }) else { return nil }
    self.init()
    graphVersion = texts["graph_version"].flatMap { Int32($0) }.map { Int($0) }
    beamWidth = try texts["beam_width"].map { (text) throws(ModelError) in
      try Self.checkedBeamWidth(Int(text) ?? 0, path: path)
    }
    for (name, place) in Self.textNames {
      self[keyPath: place] = texts[name] ?? self[keyPath: place]
    }
  }

  /// The beam width that the file at `path` advises, if a search can have it.
  ///
  /// - Throws: `ModelError.damaged`.
  package static func checkedBeamWidth(_ width: Int, path: String) throws(ModelError) -> Int {
    guard (1...1 << 20).contains(width) else {
      throw .damaged(path: path, reason: "its metadata say a beam width of \(width)")
    }
    return width
  }

  /// The version of the graphs that are written: DeepSpeech's 0.7 to 0.9, and Coqui STT's 1.
  package static let usualGraphVersion = 6

  /// The default of the official clients (DeepSpeech's flag `export_beam_width`).
  package static let usualBeamWidth = 500
}
