import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaNeuralNetwork

/// Everything needed to resume a training exactly: a file next to the weights, which Kur ignores.
///
/// It belongs to the log that it was saved with: with another one, only the weights are used.
struct TrainingRecord {
  /// The state of the training.
  struct State: Codable, Equatable {
    /// What random numbers are drawn by.
    var seed: UInt64
    /// Epochs and clocks behind it when the command was started that is to be finished.
    var epochsBefore: Int
    var clocksBefore: [String: Double]
    /// Whether that command has come to its end.
    var isFinished = false
    /// How often the order of the entries was changed, and how many batches of the last order are done.
    var arrangementCount: Int
    var batchCount: Int
    /// Whether the epoch of that order is noted in the log.
    var isEpochOver: Bool
    /// How many validations there were, and whether one is due.
    var validationCount: Int
    var awaitsValidation = false
    /// What was done since the start, and when a checkpoint was made last.
    var counts: [String: Double]
    var checkpointCounts: [String: Double]
    /// Steps, the rate of the last one, and the steps of each parameter as the optimiser counts them; empty before the first.
    var stepCount: Int
    var lastRate: Float?
    var parameterSteps: [Int]
    /// The position in the log.
    var log: KurLog.Mark
  }

  private(set) var state: State
  private var tensors: [String: Tensor]

  private static let fileName = "training.safetensors"
  private static let key = "parla_kur_training"
  /// Exists next to the weights while they are written.
  static let unfinishedName = ".unfinished"

  /// Losses may be no numbers when a training ends.
  private static let unusual = (infinity: "inf", negative: "-inf", nan: "nan")

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: unusual.infinity, negativeInfinity: unusual.negative, nan: unusual.nan)
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: unusual.infinity, negativeInfinity: unusual.negative, nan: unusual.nan)
    return decoder
  }

  /// A record of `state` for a model with `weights`, whose steps have come to `progress`.
  init(_ state: State, _ weights: EngineSnapshot, _ progress: KurSession.Progress) {
    self.state = state
    self.state.stepCount = progress.stepCount
    self.state.lastRate = progress.lastRate
    self.state.parameterSteps = progress.optimizer?.stepCounts ?? []
    tensors = [:]
    add("parameter", weights.parameters)
    add("buffer", weights.buffers)
    for slot in progress.optimizer?.slots ?? [] { add("slot." + slot.name, slot.parameters) }
  }

  private mutating func add(_ kind: String, _ parameters: Parameters) {
    for (specification, tensor) in zip(parameters.specifications, parameters.tensors) {
      tensors["\(kind)/\(specification.name)"] = tensor
    }
  }

  // MARK: - Files

  /// Writes it to the folder of weights at `path`, around `write`, which writes the weights.
  ///
  /// However that ends, the folder then has weights and a record that belong together, or says that it has not.
  func save(to path: String, around write: () throws -> Void) throws {
    do { try makeFolder(path) } catch { throw KurError.file(error) }
    let unfinished = path.appendingName(Self.unfinishedName)
    try AtomicFile.write(Data(), to: unfinished)
    let text = String(decoding: try Self.encoder.encode(state), as: UTF8.self)
    try SafeTensors(
      metadata: [Self.key: text],
      tensors: tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
    ).write(to: path.appendingName(Self.fileName))
    try write()
    try? FileManager.default.removeItem(atPath: unfinished)
  }

  /// Forgets the record of the folder of weights at `path`: other weights come there.
  static func remove(from path: String) {
    for name in [fileName, unfinishedName] {
      try? FileManager.default.removeItem(atPath: path.appendingName(name))
    }
  }

  /// The record next to the weights at `path`, if there is one, and whether the weights were being written when the program ended.
  ///
  /// - Throws: what is wrong with the file.
  static func read(_ path: String) throws -> (record: TrainingRecord, isUnfinished: Bool)? {
    let file = path.appendingName(fileName)
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    try FileContent.checkIsFile(file)
    let contents = try SafeTensors(path: file)
    guard let text = contents.metadata[key],
      let state = try? decoder.decode(State.self, from: Data(text.utf8))
    else {
      throw KurError.badFile(
        path: file, found: "no state of a training", expected: "what parla kur train writes")
    }
    let tensors = Dictionary(
      contents.tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    return (
      TrainingRecord(state: state, tensors: tensors),
      FileManager.default.fileExists(atPath: path.appendingName(unfinishedName))
    )
  }

  private init(state: State, tensors: [String: Tensor]) {
    self.state = state
    self.tensors = tensors
  }

  // MARK: - Continuing

  /// Takes the record's weights into `model`; whether it has those of such a model.
  func restore(_ model: inout KurModel) -> Bool {
    guard let parameters = values("parameter", model.weights.parameters.specifications),
      let buffers = values("buffer", model.weights.buffers.specifications)
    else { return false }
    model.weights = EngineSnapshot(parameters: parameters, buffers: buffers)
    return true
  }

  /// Whether `model` has the record's weights.
  func matches(_ model: KurModel) -> Bool {
    values("parameter", model.weights.parameters.specifications) == model.weights.parameters
      && values("buffer", model.weights.buffers.specifications) == model.weights.buffers
  }

  /// How far steps have come; nil if another optimiser made them.
  func progress(_ model: KurModel, _ optimizer: KurOptimizer) -> KurSession.Progress? {
    var progress = KurSession.Progress(stepCount: state.stepCount, lastRate: state.lastRate)
    let specifications = model.weights.parameters.specifications
    let slotNames = Set(
      tensors.keys.filter { $0.hasPrefix("slot.") }.compactMap {
        $0.dropFirst(5).split(separator: "/", maxSplits: 1).first.map(String.init)
      })
    guard !state.parameterSteps.isEmpty else { return slotNames.isEmpty ? progress : nil }
    let names = optimizer.method.slotNames
    guard Set(names) == slotNames, state.parameterSteps.count == specifications.count else {
      return nil
    }
    var slots: [(name: String, parameters: Parameters)] = []
    for name in names {
      guard let values = values("slot." + name, specifications) else { return nil }
      slots.append((name, values))
    }
    progress.optimizer = OptimizerState(stepCounts: state.parameterSteps, slots: slots)
    return progress
  }

  private func values(_ kind: String, _ specifications: [ParameterSpecification]) -> Parameters? {
    var found: [Tensor] = []
    for specification in specifications {
      guard let tensor = tensors["\(kind)/\(specification.name)"],
        tensor.shape == specification.shape
      else { return nil }
      found.append(tensor)
    }
    return Parameters(specifications: specifications, tensors: found)
  }
}
