import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTranscripts

/// A model of the wav2vec 2.0 family as a folder of Hugging Face's transformers.
struct TransformersFolder {
  private let draft: NetworkDraft
  private let configuration: [String: JSONValue]
  private let preprocessor: [String: JSONValue]

  /// Derives the settings of the network that `description` describes, and makes sure that they describe it completely.
  ///
  /// - Throws: `ModelError.notExpressible`.
  init(_ description: ModelDescription) throws(ModelError) {
    guard let family = Wav2Vec2Family(rawValue: description.name) else {
      throw Self.problem(
        "the network \(description.name)",
        "one of the wav2vec 2.0 family, which a training has started from")
    }
    let values = ConfigurationWriting(description, family).values
    let settings = FolderSettings(path: HuggingFaceFolder.configurationName, values: values)
    preprocessor = Self.preprocessor(description.features, family)
    let outputs = description.graph.outputCount()
    let derived: ModelDescription
    do throws(ModelError) {
      var draft = try HuggingFaceModel.draft(settings, family, countsPadding: false)
      draft.addHead(order: Array(1..<outputs) + [0])
      self.draft = draft
      let features = try HuggingFaceModel.features(
        FolderSettings(path: HuggingFaceFolder.preprocessorName, values: preprocessor), family,
        settings)
      derived = try ModelDescription(
        name: family.rawValue, features: features, layers: draft.nodes)
    } catch {
      throw Self.problem("a network of other layers (\(error))", "one as it is read from a folder")
    }
    configuration = values
    try Self.requireSame(description, derived)
  }

  private static func problem(_ found: String, _ expected: String) -> ModelError {
    .notExpressible(format: ModelFormat.transformersName, found: found, expected: expected)
  }

  private static func requireSame(
    _ description: ModelDescription, _ derived: ModelDescription
  ) throws(ModelError) {
    guard description.features == derived.features else {
      throw problem(
        "features (\(description.features.summary))",
        "those of such a model, \(derived.features.summary)")
    }
    let (own, other) = (description.layers, derived.layers)
    guard own != other else { return }
    let pairs = zip(own, other).first { $0 != $1 }
    let name = pairs?.0.name ?? own.dropFirst(other.count).first?.name ?? "labels"
    throw problem("the layer \(name) as it is", "the layers of a \(derived.name) model")
  }

  private static func preprocessor(
    _ features: FeatureSettings, _ family: Wav2Vec2Family
  ) -> [String: JSONValue] {
    let fields = features.fields
    var values: [String: JSONValue] = [
      "sampling_rate": .integer(features.sampleRate), "padding_side": "right", "padding_value": 0,
      "return_attention_mask": true,
    ]
    guard family == .bert else {
      values["feature_extractor_type"] = "Wav2Vec2FeatureExtractor"
      values["processor_class"] = "Wav2Vec2Processor"
      values["feature_size"] = 1
      values["do_normalize"] = .bool(fields["normalization"]?.text == "utterance")
      return values
    }
    values["feature_extractor_type"] = "SeamlessM4TFeatureExtractor"
    values["processor_class"] = "Wav2Vec2BertProcessor"
    values["num_mel_bins"] = .integer(fields["channels"]?.integer ?? 0)
    values["feature_size"] = values["num_mel_bins"]
    values["stride"] = .integer(fields["together"]?.integer ?? 0)
    return values
  }

  // MARK: Writing

  /// Writes `model`, whose description this is, to the folder at `path`.
  ///
  /// - Throws: `ModelError.notExpressible`, `FileError.unwritable`.
  func write(_ model: AcousticModel, to path: String) throws {
    let vocabulary = try VocabularyWriting(model.alphabet)
    let values = configuration.merging(vocabulary.special.filter { $0.key != "unk_token_id" }) {
      $1
    }
    .merging(["vocab_size": .integer(vocabulary.tokens.count), "pad_token_id": 0]) { $1 }
    let tokens = vocabulary.tokens.mapValues { JSONValue.integer($0) }
    try makeFolder(path)
    try AtomicFile.together(in: path) {
      for (name, content) in [
        (HuggingFaceFolder.configurationName, values),
        (HuggingFaceFolder.preprocessorName, preprocessor),
        (HuggingFaceFolder.vocabularyName, tokens),
        (HuggingFaceFolder.tokenizerName, vocabulary.settings),
      ] {
        try AtomicFile.write(Self.encoded(content), to: path.appendingName(name))
      }
      try SafeTensors(metadata: ["format": "pt"], tensors: tensors(of: model))
        .write(to: path.appendingName(HuggingFaceFolder.tensorsName))
    }
  }

  /// JSON with a line for each value.
  private static func encoded(_ values: [String: JSONValue]) -> Data {
    let lines = values.sorted { $0.key < $1.key }.map { name, value in
      "  \(JSONValue.string(name).line): \(value.line)"
    }
    return Data("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
  }

  /// The tensors by the names and in the form that they have there; what several parameters share is written once.
  private func tensors(of model: AcousticModel) -> [(name: String, tensor: Tensor)] {
    var tensors: [String: Tensor] = [:]
    for parameters in [model.parameters, model.buffers] {
      for (specification, tensor) in zip(parameters.specifications, parameters.tensors) {
        guard let place = draft.places[specification.name] else { continue }
        for (name, part) in place.scattered(tensor) where tensors[name] == nil {
          tensors[name] = part
        }
      }
    }
    return tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension TensorPlace {
  /// The numbers of a parameter in the form of the tensors at its place.
  func scattered(_ tensor: Tensor) -> [(name: String, tensor: Tensor)] {
    switch form {
    case .same:
      guard names.count > 1 else {
        var own = tensor
        own.reshape(shape ?? tensor.shape)
        return [(names[0], own)]
      }
      let size = tensor.count / names.count
      let shape = [tensor.shape[0] / names.count] + tensor.shape.dropFirst()
      return names.enumerated().map { index, name in
        var part = Tensor(unwritten: shape)
        unsafe part.mutablePointer.update(from: tensor.pointer + index * size, count: size)
        return (name, part)
      }
    case .rows(let order):
      var result = Tensor(unwritten: tensor.shape)
      let width = tensor.count / order.count
      let (source, target) = unsafe (tensor.pointer, result.mutablePointer)
      for (row, place) in order.enumerated() {
        unsafe (target + place * width).update(from: source + row * width, count: width)
      }
      return [(names[0], result)]
    case .convolution(let steps):
      let (rows, width) = (tensor.shape[0], tensor.shape[1])
      let channels = width / steps
      var result = Tensor(unwritten: [rows, channels, steps])
      let (source, target) = unsafe (tensor.pointer, result.mutablePointer)
      for row in 0..<rows {
        for step in 0..<steps {
          for channel in 0..<channels {
            unsafe target[row * width + channel * steps + step] =
              source[row * width + step * channels + channel]
          }
        }
      }
      return [(names[0], result)]
    }
  }
}
