import Foundation
package import ParlaAcousticModel
import ParlaFiles
package import ParlaNeuralNetwork
package import ParlaTranscripts

/// A checkpoint that DeepSpeech or Coqui STT left behind, read without TensorFlow.
package struct TensorFlowCheckpoint: Sendable {
  /// Where it is, without the ending `.index`.
  package let path: String

  let bundle: TensorBundle

  /// Reads the index of the checkpoint `path`, such as `folder/train-200` or `folder/train-200.index`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  package init(path: String) throws(ModelError) {
    let path = path.hasSuffix(".index") ? String(path.dropLast(6)) : path
    self.init(bundle: try TensorBundle(path: path))
  }

  init(bundle: TensorBundle) {
    self.path = bundle.path
    self.bundle = bundle
  }

  /// How many steps training had taken.
  package var step: Int {
    get throws(ModelError) { try bundle.integer("global_step") ?? 0 }
  }

  /// The learning rate that training had come to, if it is recorded (DeepSpeech 0.8 and newer).
  package var learningRate: Float? {
    get throws(ModelError) { try bundle.float("learning_rate") }
  }

  /// The model, with the alphabet that was passed or else the `alphabet.txt` next to the checkpoint.
  ///
  /// A checkpoint contains neither its alphabet nor its feature settings: they come from the training's `flags.txt`
  /// next to it, or else are DeepSpeech's defaults.
  ///
  /// - Throws: `ModelError.alphabetNeeded`, `.unsuitableAlphabet`, `.foreignModel`, `.damaged`, `.cutOff`.
  package func model(
    alphabet: Alphabet? = nil
  ) throws(ModelError) -> AcousticModel {
    let tensors = try self.tensors(suffix: "")
    let flags = try CheckpointFlags(folder: folder)
    let description = try tensors.description(
      features: try flags.features(), ceiling: try flags.ceiling())
    let parameters = tensors.parameters(for: description)
    try parameters.requireFinite(path: path)
    return AcousticModel(
      description: description,
      alphabet: try chosen(
        alphabet ?? (flags.writesBytes ? .bytes : nil), labelCount: tensors.dense[4].bias.count),
      parameters: parameters, metadata: try flags.metadata())
  }

  /// Adam as it was, for `model`; nil when the checkpoint has no moments, as when cuDNN trained it.
  ///
  /// - Throws: `ModelError.foreignModel`, `.damaged`, `.cutOff`.
  package func optimizer(for model: AcousticModel) throws(ModelError) -> Optimizer? {
    let variables = try DeepSpeechVariables(names: bundle.names, path: path)
    let kernel = variables.recurrent.weight
    guard bundle.summary(kernel + "/Adam") != nil, bundle.summary(kernel + "/Adam_1") != nil
    else { return nil }
    var adam = Optimizer(.adam(), for: model.parameters.specifications)
    let slots = try [("moment1", "/Adam"), ("moment2", "/Adam_1")].map {
      (name, suffix) throws(ModelError) in
      let parameters = try tensors(suffix: suffix).parameters(for: model.description)
      try parameters.requireFinite(path: path, prefix: "\(name) of ")
      return (name: name, parameters: parameters)
    }
    let stepCount = try adamStepCount()
    adam.restore(slots, stepCounts: adam.stepCounts.map { _ in stepCount })
    return adam
  }

  /// How often Adam has moved the weights: its powers of β hold one factor more.
  ///
  /// The steps of training need not be the same, since a transferred model counts on.
  private func adamStepCount() throws(ModelError) -> Int {
    for (name, beta) in [("beta2_power", 0.999), ("beta1_power", 0.9)] {
      if let power = try bundle.float(name), power > 1e-30, power < 1 {
        return max(0, Int((log(Double(power)) / log(beta)).rounded()) - 1)
      }
    }
    return min(max(0, try step), 1 << 48)
  }
}

// MARK: - Variables by name

extension TensorFlowCheckpoint {
  /// The variables, or with a suffix one of their moments.
  private func tensors(suffix: String) throws(ModelError) -> DeepSpeechTensors {
    let variables = try DeepSpeechVariables(names: bundle.names, path: path)
    let layers = try (variables.dense + [variables.recurrent] + variables.normalizations).map {
      (names) throws(ModelError) in
      DeepSpeechTensors.Layer(
        weight: try tensor(names.weight, suffix), bias: try tensor(names.bias, suffix))
    }
    return DeepSpeechTensors(
      path: path, layout: .inputsFirst, dense: Array(layers[..<5]), recurrent: layers[5],
      normalizations: Array(layers[6...]),
      forgetBias: variables.hasForgetBias && suffix.isEmpty ? 1 : 0)
  }

  /// The variable `name`, or its moment, which has the same shape.
  private func tensor(_ name: String, _ suffix: String) throws(ModelError) -> ForeignTensor {
    let tensor = try bundle.tensor(name + suffix)
    if let shape = bundle.summary(name)?.shape, tensor.shape != shape {
      throw .damaged(
        path: path, reason: "\(name + suffix) has shape \(tensor.shape), but \(name) \(shape)")
    }
    return tensor
  }

  /// Where the checkpoint and what belongs to it are.
  var folder: String {
    let folder = path.folderPath
    return folder.isEmpty ? "." : folder
  }

  private func chosen(_ alphabet: Alphabet?, labelCount: Int) throws(ModelError) -> Alphabet {
    let neighbour = folder + "/alphabet.txt"
    let found: Alphabet
    if let alphabet {
      found = alphabet
    } else if FileManager.default.fileExists(atPath: neighbour) {
      do { found = try Alphabet(path: neighbour) } catch {
        throw .damaged(path: neighbour, reason: "\(error)")
      }
    } else {
      throw .alphabetNeeded(path: path, labelCount: labelCount - 1)
    }
    try found.check(labelCount: labelCount, path: path)
    return found
  }
}

// MARK: - Folders

extension TensorFlowCheckpoint {
  /// The texts in a folder that name its newest and its best checkpoint.
  private static let stateFiles: [CheckpointKind: String] = [
    .last: "checkpoint", .best: "best_dev_checkpoint",
  ]

  /// Whether the folder at `path` holds checkpoints of TensorFlow, or parts of one.
  package static func isFolder(_ path: String) -> Bool {
    files(path).contains { file in
      file.hasSuffix(".index") || stateFiles.values.contains(file)
        || file.contains(/\.data-\d+-of-\d+$/)
    }
  }

  private static func files(_ folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// The checkpoint of `kind` in `folder`, or that of the other kind if there is none.
  ///
  /// - Throws: `ModelError.noCheckpoint`, and what `init(path:)` throws.
  package init(folder: String, kind: CheckpointKind = .last) throws(ModelError) {
    try self.init(folder: folder, kinds: [kind, kind == .last ? .best : .last])
  }

  /// The checkpoint of the first of `kinds` in `folder`; if their kinds are unknown, the newest.
  ///
  /// - Throws: `ModelError.noCheckpoint`, and what `init(path:)` throws.
  package init(folder: String, kinds: [CheckpointKind]) throws(ModelError) {
    for kind in kinds {
      guard let file = Self.stateFiles[kind],
        let data = try? FileContent.ofFile("\(folder)/\(file)"),
        let match = String(decoding: data, as: UTF8.self).firstMatch(
          of: /(?m)^\s*model_checkpoint_path:\s*"([^"\n]*)"/)
      else { continue }
      let named = String(match.1)
      // The folder may have been moved or copied since; then only the file's name is of use.
      let name = named.fileName
      let places = ["\(folder)/\(name)", named.hasPrefix("/") ? named : "\(folder)/\(named)"]
      let path = places.first { FileManager.default.fileExists(atPath: $0 + ".index") } ?? places[0]
      try self.init(path: path)
      return
    }
    let files = Self.files(folder)
    guard !Self.stateFiles.values.contains(where: files.contains),
      let newest = Self.newest(of: files)
    else {
      throw Self.isFolder(folder)
        ? .noTensorFlowCheckpoint(folder: folder, kinds: kinds.map(\.rawValue))
        : .noCheckpoint(folder: folder)
    }
    try self.init(path: "\(folder)/\(newest)")
  }

  /// The checkpoint of the most steps, without its ending.
  private static func newest(of files: [String]) -> String? {
    let steps = files.compactMap { file in
      file.wholeMatch(of: /(.*?(\d+))\.index/).flatMap { match in
        Int(match.2).map { (step: $0, name: String(match.1)) }
      }
    }
    return steps.max { ($0.step, $0.name) < ($1.step, $1.name) }?.name
  }
}
