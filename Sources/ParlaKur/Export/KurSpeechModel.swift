import Foundation
package import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaNeuralNetwork
package import ParlaTranscripts

/// A Kurfile's speech model as one of Parla's models: features, normalisation, layers, weights and symbols in one.
///
/// Kur normalises features when it reads data; here normalisation is the model's first layer, so that recognition, streams, evaluation
/// and transfer need not handle it. A final softmax is dropped, since users of the model apply their own.
package struct KurSpeechModel: Sendable {
  /// The model.
  package let model: AcousticModel

  /// The folder that the weights are of.
  package let weightPath: String

  /// What should be known of the Kurfile and the weights, though it is no error.
  package let notes: [String]

  /// Joins the model of `kurfile`, which is evaluated, with the weights at `weights`; without a path, with those that the Kurfile
  /// names for evaluation, tests, validation or training, the first that are there.
  ///
  /// - Throws: `KurError`; `ModelError` where recognition cannot use such a model.
  package init(
    _ kurfile: Kurfile, weights: String? = nil, kerasVersion: KerasVersion = .usual,
    _ services: KurServices
  ) throws {
    let path = try weights ?? kurfile.weightFolder()
    let source = try WeightSource(path: path)
    var services = services
    services.trainedWeights = path
    let speech = try KurSpeech(kurfile, services)
    let network = try KurNetwork(
      kurfile, KurConventions(kurfile, kerasVersion: kerasVersion),
      inputShapes: ["utterance": [nil, speech.featureCount]])
    var (parameters, buffers) = (network.initialParameters(seed: 0), network.initialBuffers)
    let report = try source.read(into: &parameters, &buffers, of: network)
    guard report.missing.isEmpty else {
      throw KurError.badFile(
        path: path, found: "no weights of \(report.missing.joined(separator: ", "))",
        expected: "those of all layers")
    }
    let parts = try KurSpeechGraph(network, speech, kurfile)
    let description = try ModelDescription(
      name: kurfile.path.fileName.withoutExtension, features: speech.settings(),
      layers: parts.layers, outputs: [parts.output])
    func values(_ specifications: [ParameterSpecification]) -> Parameters {
      Parameters(
        specifications: specifications,
        tensors: specifications.map { specification in
          parameters[specification.name] ?? buffers[specification.name]
            ?? parts.normalization[specification.name] ?? Tensor(shape: specification.shape)
        })
    }
    model = AcousticModel(
      description: description, alphabet: try Alphabet(labels: speech.symbols),
      parameters: values(description.graph.parameters), buffers: values(description.graph.buffers))
    weightPath = path
    notes = network.notes
  }
}

/// What a Kurfile says of speech: features, normalisation, symbols.
private struct KurSpeech {
  let features: KurFeatures
  let normalization: FeatureNormalization
  let symbols: [String]
  /// The rate of recordings, in hertz; nil where it does not matter or is not known.
  private let recordedRate: Int?
  private let place: KurSettings

  var featureCount: Int { normalization.featureCount }

  /// Sections that have data, those first that models are used with.
  private static let sections = ["evaluate", "test", "validate", "train"]

  init(_ kurfile: Kurfile, _ services: KurServices) throws {
    let settings = try Self.settings(kurfile)
    place = settings
    if try SpeechFrames.isNormalizationKnown(settings, services), settings["vocab"] != nil {
      // Nothing has to be learnt of recordings, which need not be there.
      let frames = try SpeechFrames(settings, paths: [], services)
      features = frames.features
      symbols = try SpeechRecognitionSupplier.vocabulary(settings, services).symbols
      normalization = frames.normalization ?? Self.storedSamples
      recordedRate = try Self.recordedRate(settings, services)
      return
    }
    let supplier = try SpeechRecognitionSupplier(settings, services)
    features = supplier.features
    normalization = supplier.normalization ?? Self.storedSamples
    recordedRate = supplier.recordings.lazy.compactMap { Self.rate($0.path) }.first
    guard let vocabulary = supplier.vocabulary else {
      throw settings.problem("key", "several texts", "one")
    }
    symbols = vocabulary.symbols
  }

  static func settings(_ kurfile: Kurfile) throws(KurError) -> KurSettings {
    for name in sections where kurfile.section(name)?.dictionary != nil {
      let data = try kurfile.settings(of: name)["data"]
      let lists = data?.dictionary.map { $0.pairs.map(\.value) } ?? [data ?? .none]
      for (index, entry) in lists.flatMap({ $0.sequence ?? [] }).enumerated() {
        guard let values = entry.dictionary?["speech_recognition"] else { continue }
        return try KurSettings(
          values, path: kurfile.path, place: "\(name).data[\(index)].speech_recognition")
      }
    }
    throw .section(
      path: kurfile.path, place: "data", found: "no speech_recognition",
      expected: "one in \(sections.joined(separator: ", "))")
  }

  /// Samples as files of 16 bits store them, of samples from -1 to 1.
  private static let storedSamples = FeatureNormalization(
    FeatureNormalization.Statistics(
      mean: [0], deviation: [1.0 / 32768], directions: [[1]], scales: [32768]), rotation: .none)

  /// The rate of the first recording on this machine, if the features do not define it.
  private static func recordedRate(
    _ settings: KurSettings, _ services: KurServices
  ) throws -> Int? {
    guard settings["type"].map({ $0.text != KurFeatures.Kind.spectrogram.rawValue }) ?? false,
      let path = try settings.file("path"), settings["url"] == nil,
      FileManager.default.fileExists(atPath: path)
    else { return nil }
    return try SpeechPackage(settings, keys: [], services).entries.lazy
      .compactMap { Self.rate($0.path) }.first
  }

  private static func rate(_ path: String) -> Int? {
    SpeechPackage.recording(path).flatMap { try? AudioFile.information($0).sampleRate }
  }

  /// The features as models have them.
  ///
  /// Kur takes sound at the rate that it has; recognition brings all to one.
  func settings() throws -> FeatureSettings {
    let usualRate = Double(recordedRate ?? 16000)
    switch features.kind {
    case .spectrogram: return try spectrogram()
    case .mfcc:
      var fields: [String: FieldValue] = ["sample_rate": .number(usualRate)]
      if let highest = features.highestFrequency { fields["max_frequency"] = .number(highest) }
      return try described("kur_mfcc", fields)
    case .raw: return try described("sound", ["sample_rate": .number(usualRate)])
    }
  }

  private func described(
    _ kind: String, _ fields: [String: FieldValue]
  ) throws(KurError) -> FeatureSettings {
    do { return try FeatureSettings(described: kind, fields) } catch {
      throw place.problem("type", features.kind.rawValue, "\(error)")
    }
  }

  private func spectrogram() throws -> FeatureSettings {
    let highest = features.highestFrequency
    let count = featureCount
    // Bins are 50 Hz apart; without a limit the last one is half the rate.
    let rate = highest.map { max(16000, 2 * Int(($0 / 50).rounded(.up)) * 50) } ?? (count - 1) * 100
    var fields: [String: FieldValue] = ["sample_rate": .number(Double(rate))]
    if let highest { fields["max_frequency"] = .number(highest) }
    let settings: FeatureSettings
    do { settings = try FeatureSettings(described: "kur_spec", fields) } catch {
      throw place.problem("max_frequency", "\(highest ?? 0)", "\(error)")
    }
    guard settings.featureCount == count else {
      throw place.problem(
        "normalization", "statistics of \(count) bins",
        "\(settings.featureCount), as max_frequency gives at \(rate) Hz")
    }
    return settings
  }
}

/// The nodes of a network that recognition needs, behind one that normalises features.
private struct KurSpeechGraph {
  private(set) var layers: [NodeDescription]
  let output: String
  let normalization: [String: Tensor]

  private static let normalizationName = "features/normalized"

  init(_ network: KurNetwork, _ speech: KurSpeech, _ kurfile: Kurfile) throws {
    func failure(_ found: String, _ expected: String) -> KurError {
      .section(path: kurfile.path, place: "model", found: found, expected: expected)
    }
    guard network.inputs.count == 1, let input = network.inputs.first, input.isSequence,
      input.axes == [speech.featureCount], input.frameCount == nil
    else {
      throw failure(
        "inputs \(network.inputs.map { "\($0.name) \($0.shape)" }.joined(separator: ", "))",
        "one, of frames of \(speech.featureCount) features and any length")
    }
    let target = kurfile.section("loss")?.sequence?.lazy.compactMap { loss in
      loss.dictionary?["name"] == .string("ctc") ? loss.dictionary?["target"]?.string : nil
    }.first
    let names = network.outputs.map(\.name)
    let index = target.flatMap { names.firstIndex(of: $0) } ?? 0
    let port = network.outputs[index]
    guard port.isSequence, port.axes == [speech.symbols.count + 1] else {
      throw failure(
        "the output \(port.name) of \(port.shape)",
        "frames of \(speech.symbols.count + 1): \(speech.symbols.count) symbols and the blank")
    }
    let nodes = network.graph.description.nodes
    var last = network.graph.description.outputs?[index] ?? ""
    // Users of the model apply a softmax to its sums.
    while let node = nodes.first(where: { $0.name == last }),
      [Softmax.kind, LogSoftmax.kind].contains(node.kind), let before = node.inputs?.first
    {
      last = before
    }
    let renamed = [input.name: Self.normalizationName, "features": "features/kur"]
    func name(_ name: String) -> String { renamed[name] ?? name }
    let needed = Self.needed(last, nodes)
    // Features differ much in size: bytes would lose the small ones.
    layers = [
      NodeDescription.dense(
        name: Self.normalizationName, size: speech.featureCount, isExact: true)
    ]
    for var node in nodes where needed.contains(node.name) {
      guard node.name != "features" else {
        throw failure("a layer named features", "another name, which recognition uses itself")
      }
      node.inputs = node.inputs?.map(name)
      layers.append(node)
    }
    output = name(last)
    normalization = Self.weights(of: speech.normalization)
  }

  /// The nodes that `last` depends on, those included whose weights they use.
  private static func needed(_ last: String, _ nodes: [NodeDescription]) -> Set<String> {
    var needed: Set<String> = [last]
    for node in nodes.reversed() where needed.contains(node.name) {
      needed.formUnion(node.inputs ?? [])
      if let owner = node.reuse { needed.insert(owner) }
    }
    // An owner may come after the layers that use it only by name; its inputs are needed too.
    var count = 0
    while count != needed.count {
      count = needed.count
      for node in nodes where needed.contains(node.name) { needed.formUnion(node.inputs ?? []) }
    }
    return needed
  }

  /// Normalisation as a dense layer: its output for the mean, and for each feature in addition.
  private static func weights(of normalization: FeatureNormalization) -> [String: Tensor] {
    let count = normalization.featureCount
    let mean = normalization.statistics.mean
    let atMean = normalization.normalized(mean)
    var weight = Tensor(shape: [count, count])
    var bias = atMean
    for input in 0..<count {
      var frame = mean
      frame[input] += 1
      for (output, value) in normalization.normalized(frame).enumerated() {
        let slope = value - atMean[output]
        weight[output * count + input] = Float(slope)
        bias[output] -= Double(Float(slope)) * mean[input]
      }
    }
    return [
      "\(normalizationName).weight": weight,
      "\(normalizationName).bias": Tensor(shape: [count], values: bias.map { Float($0) }),
    ]
  }
}

extension Kurfile {
  /// What the Kurfile's model of speech writes: the symbols of its transcripts, in their order.
  ///
  /// - Throws: `KurError`; `TranscriptError` where they are no labels.
  package func alphabet(_ services: KurServices) throws -> Alphabet {
    let settings = try KurSpeech.settings(self)
    return try Alphabet(
      labels: SpeechRecognitionSupplier.vocabulary(settings, services).symbols)
  }

  /// The first folder of weights that is there, of those that the sections name.
  fileprivate func weightFolder() throws(KurError) -> String {
    var named: [String] = []
    for (section, keys) in [
      ("evaluate", ["initial"]), ("test", ["initial"]), ("validate", ["best"]),
      ("train", ["best", "last", "initial"]),
    ] where self.section(section)?.dictionary != nil {
      let settings = try settings(of: section)
      if let path = settings["weights"]?.string {
        named.append(KurPath.expanded(path))
      } else {
        let weights = try settings.settings("weights")
        for key in keys { if let path = try weights.file(key) { named.append(path) } }
      }
    }
    guard let found = named.first(where: WeightSource.isThere) else {
      var names: [String] = []
      for name in named where !names.contains(name) { names.append(name) }
      let missing =
        names.count == 1 ? ", which is not there" : ", of which none is there"
      throw .section(
        path: path, place: "weights",
        found: names.isEmpty ? "none" : names.joined(separator: ", ") + missing,
        expected: "a folder of weights; train first, or pass --weights")
    }
    return found
  }
}
