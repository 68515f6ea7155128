import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTranscripts

/// A model of a folder: its network and alphabet in Parla's terms, and where its weights stand.
struct HuggingFaceModel {
  /// What the model is made of.
  let description: ModelDescription

  /// What it writes.
  let alphabet: Alphabet

  /// What else the folder says.
  let metadata: ModelMetadata

  private let tensors: FolderTensors

  /// Where the parameters and buffers stand among the tensors, by name.
  let places: [String: TensorPlace]

  /// Reads what `folder` says, but not its weights.
  ///
  /// With `countsPadding`, what stands beyond the ends of a batch's shorter sequences counts as it does in PyTorch: then a sequence's output
  /// depends on how long the others are.
  /// - Throws: `ModelError`, naming the file and the setting.
  init(_ folder: HuggingFaceFolder, countsPadding: Bool = false) throws(ModelError) {
    let settings = try folder.settings(
      HuggingFaceFolder.configurationName, purpose: "what the network is made of")
    let family = try Self.family(settings)
    tensors = try folder.tensors()
    let head = NetworkDraft.head
    guard let outputs = tensors["\(head).weight"]?.shape.first, outputs > 1 else {
      throw .withoutHead(path: folder.path, tensor: "\(head).weight")
    }
    let blank = try settings.integer("pad_token_id", in: 0...1 << 20, default: 0)
    let vocabulary = try FolderVocabulary(folder, labelCount: outputs, blank: blank)
    var draft = try Self.draft(settings, family, countsPadding: countsPadding)
    draft.addHead(order: vocabulary.order)
    let given = try folder.settings(
      HuggingFaceFolder.preprocessorName, purpose: "what the network is given of a sound")
    let features = try Self.features(given, family, settings)
    description = try ModelDescription(
      name: family.rawValue, features: features, layers: draft.nodes)
    places = draft.places
    alphabet = vocabulary.alphabet
    metadata = ModelMetadata(language: folder.language ?? "")
  }

  private static func family(_ settings: FolderSettings) throws(ModelError) -> Wav2Vec2Family {
    let names = Wav2Vec2Family.allCases.map(\.rawValue).joined(separator: ", ")
    guard let family = Wav2Vec2Family(rawValue: try settings.text("model_type", default: "")) else {
      throw settings.problem("model_type", "a kind that Parla has the layers of: \(names)")
    }
    return family
  }

  /// The network that the settings describe, up to what its last layer sees.
  static func draft(
    _ settings: FolderSettings, _ family: Wav2Vec2Family, countsPadding: Bool
  ) throws(ModelError) -> NetworkDraft {
    if family == .bert {
      var network = try Wav2Vec2BertNetwork(settings)
      return try network.drafted()
    }
    var network = try Wav2Vec2Network(settings, family, countsPadding: countsPadding)
    return try network.drafted()
  }

  /// What the first layer sees of a sound, as `given` says of a network of these `settings`.
  static func features(
    _ given: FolderSettings, _ family: Wav2Vec2Family, _ settings: FolderSettings
  ) throws(ModelError) -> FeatureSettings {
    let rate = try given.integer("sampling_rate", in: 1000...1_000_000, default: 16000)
    let fields: [String: FieldValue]
    if family == .bert {
      let channels = try given.integer("num_mel_bins", in: 1...1000, default: 80)
      let together = try given.integer("stride", in: 1...100, default: 2)
      let width = try settings.integer("feature_projection_input_dim", default: 160)
      guard channels * together == width else {
        throw settings.problem(
          "feature_projection_input_dim",
          "\(channels * together), as \(given.path) says: num_mel_bins times stride")
      }
      fields = [
        "sample_rate": .count(rate), "channels": .count(channels), "together": .count(together),
        "normalization": "utterance",
      ]
    } else {
      let isNormalized = try given.flag("do_normalize", default: true)
      fields = [
        "sample_rate": .count(rate), "exact": true,
        "normalization": isNormalized ? "utterance" : "none",
      ]
    }
    do {
      return try FeatureSettings(
        kind: family == .bert ? FilterBank.kind : RawSound.kind, fields)
    } catch {
      throw .damaged(path: given.path, reason: "\(error)")
    }
  }
}

// MARK: - Weights

extension HuggingFaceModel {
  /// Where the parameters of the description stand.
  private var parameterSource: ParameterSource {
    ParameterSource(
      tensor: { parameter throws(ModelError) in
        try place(parameter).tensor(parameter, in: tensors)
      },
      weights: { parameter, precision throws(ModelError) in
        try place(parameter).weights(parameter, in: tensors, precision: precision)
      })
  }

  private func place(_ parameter: ParameterSpecification) throws(ModelError) -> TensorPlace {
    guard let place = places[parameter.name] else {
      throw .missingTensor(path: tensors.path, tensor: parameter.name)
    }
    return place
  }

  /// The whole model.
  ///
  /// - Throws: `ModelError.missingTensor`, `.otherTensor`, `.notFinite`.
  func model() throws(ModelError) -> AcousticModel {
    let source = parameterSource
    func read(_ specifications: [ParameterSpecification]) throws(ModelError) -> Parameters {
      var found: [Tensor] = []
      for specification in specifications { found.append(try source.tensor(specification)) }
      let parameters = Parameters(specifications: specifications, tensors: found)
      try parameters.requireFinite(path: tensors.path)
      return parameters
    }
    let graph = description.graph
    return AcousticModel(
      description: description, alphabet: alphabet, parameters: try read(graph.parameters),
      buffers: try read(graph.buffers), metadata: metadata)
  }

  /// The model as recognition runs it.
  ///
  /// - Throws: `ModelError.missingTensor`, `.otherTensor`, `.notFinite`.
  func inferenceModel(_ precision: WeightPrecision) throws(ModelError) -> InferenceModel {
    InferenceModel(
      description: description, alphabet: alphabet, metadata: metadata,
      weights: try GraphWeights(description.graph, parameterSource, precision: precision)
        .finite(description.graph, path: tensors.path))
  }
}
