import Foundation
import ParlaFiles
import ParlaNeuralNetwork

/// A folder of checkpoints: `last-<step>.safetensors` and `best-<step>.safetensors`, each with a `.json` beside it.
///
/// The JSON is written last and says how large the weights are and what their checksum is: without it, or when they
/// disagree, the checkpoint does not count and the one before it is used.
package struct CheckpointFolder: Sendable {
  /// Where the folder is.
  package let path: String

  /// Takes the folder at `path`, which need not exist yet.
  package init(path: String) { self.path = path }

  /// Whether a checkpoint was recorded here.
  package var holdsCheckpoint: Bool {
    CheckpointKind.allCases.contains { !steps(of: $0).isEmpty }
  }

  /// Makes the folder, if need be, and proves that it can be written to.
  ///
  /// - Throws: `ModelError.unwritableFolder`.
  package func prepare() throws(ModelError) {
    let probe = path + "/.writable"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try AtomicFile.write(Data(), to: probe)
      try FileManager.default.removeItem(atPath: probe)
    } catch let error as FileError {
      guard case .unwritable(_, let reason) = error else { return }
      throw .unwritableFolder(path: path, reason: reason)
    } catch {
      throw .unwritableFolder(path: path, reason: systemReason(error))
    }
  }

  /// Saves `checkpoint` under `kind` and `step`, then removes all of that kind but the newest `keeping`.
  ///
  /// - Throws: `FileError.unwritable`; what was saved before is then still there.
  package func save<State>(
    _ checkpoint: Checkpoint<State>, as kind: CheckpointKind, step: Int, keeping: Int
  ) throws {
    let name = fileName(kind, step)
    let slots = checkpoint.optimizer.flatMap { slot in
      zip(slot.parameters.specifications, slot.parameters.tensors).map {
        (name: Self.slotPrefix(slot.name) + $0.name, tensor: $1)
      }
    }
    let file = try checkpoint.model.file(
      further: slots,
      metadata: ["optimizer": checkpoint.optimizer.map(\.name).joined(separator: ",")])
    try makingRoom {
      let size = try file.write(to: "\(path)/\(name).safetensors")
      let record = Record(
        step: step, size: size, checksum: file.checksum, state: checkpoint.state)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      try AtomicFile.write(try encoder.encode(record), to: "\(path)/\(name).json")
    }
    removeOld(kind, keeping: keeping)
  }

  /// Does `write`; on a full disk again and again, without the oldest of the last checkpoints, as long as one remains.
  private func makingRoom(_ write: () throws -> Void) throws {
    while true {
      do { return try write() } catch FileError.unwritable(let path, let reason) {
        let isFull = [ENOSPC, EDQUOT].contains { systemReason($0) == reason }
        let count = steps(of: .last).count
        guard isFull, count > 1 else { throw FileError.unwritable(path: path, reason: reason) }
        removeOld(.last, keeping: count - 1)
      }
    }
  }

  /// The newest checkpoint of any of `kinds` that is whole, and what was wrong with newer ones.
  ///
  /// One whose state is not possible does not count.
  ///
  /// - Throws: `ModelError.noReadableCheckpoint` when there are some but none is whole.
  package func newest<State>(
    _ kinds: CheckpointKind..., stateType: State.Type,
    where isPossible: (Checkpoint<State>) -> Bool = { _ in true }
  ) throws(ModelError) -> (checkpoint: Checkpoint<State>, step: Int, passedOver: [String])? {
    var problems: [String] = []
    let found = kinds.flatMap { kind in steps(of: kind).map { (kind: kind, step: $0) } }
    for (kind, step) in found.sorted(by: { $0.step > $1.step }) {
      do {
        let checkpoint: Checkpoint<State> = try read(kind, step)
        guard isPossible(checkpoint) else {
          throw ModelError.damaged(
            path: "\(path)/\(fileName(kind, step)).json", reason: "its numbers are impossible")
        }
        return (checkpoint, step, problems)
      } catch { problems.append("\(error)") }
    }
    if found.isEmpty { return nil }
    throw .noReadableCheckpoint(folder: path, reasons: problems)
  }

  /// The model to use from here: the best one, or the newest when there was no development set to tell; or that of other `kinds`,
  /// the first that is there.
  ///
  /// - Throws: `ModelError.noCheckpoint`, `.noReadableCheckpoint`.
  package func bestModel(
    of kinds: [CheckpointKind] = [.best, .last]
  ) throws(ModelError) -> AcousticModel {
    for kind in kinds {
      if let found = try newest(kind, stateType: NoState.self) { return found.checkpoint.model }
    }
    throw .noCheckpoint(folder: path)
  }

  private func read<State>(
    _ kind: CheckpointKind, _ step: Int
  ) throws(ModelError) -> Checkpoint<State> {
    let name = "\(path)/\(fileName(kind, step))"
    let record = try Record<State>(path: name + ".json")
    let weights = name + ".safetensors"
    let attributes = try? FileManager.default.attributesOfItem(atPath: weights)
    let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
    guard size == record.size else {
      throw .cutOff(path: weights, found: size, expected: record.size)
    }
    let file = try SafeTensors(path: weights)
    guard file.checksum == record.checksum else {
      throw .damaged(path: weights, reason: "its checksum is not the recorded one")
    }
    let model = try AcousticModel.reading(file, path: weights)
    let slots = (file.metadata["optimizer"] ?? "").split(separator: ",").map(String.init)
    var optimizer: [(name: String, parameters: Parameters)] = []
    for slot in slots {
      let parameters = try Parameters(
        file, for: model.parameters.specifications, prefix: Self.slotPrefix(slot), path: weights)
      optimizer.append((slot, parameters))
    }
    return Checkpoint(model: model, optimizer: optimizer, state: record.state)
  }

  /// Removes what a killed training left: files under temporary names, and weights without a record.
  ///
  /// For a training's own folder: elsewhere other programs may be writing under such names.
  package func removeRemains() {
    let recorded = Dictionary(
      uniqueKeysWithValues: CheckpointKind.allCases.map { ($0, Set(steps(of: $0))) })
    for file in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      let isTemporary = file.contains(/\.\d+\.tmp$/)
      guard isTemporary || isUnrecorded(file, recorded) else { continue }
      try? FileManager.default.removeItem(atPath: "\(path)/\(file)")
    }
  }

  /// Whether `file` is of a checkpoint that does not count, though others of its kind do.
  private func isUnrecorded(_ file: String, _ recorded: [CheckpointKind: Set<Int>]) -> Bool {
    guard let match = file.wholeMatch(of: /(last|best)-(\d+)\.safetensors/),
      let kind = CheckpointKind(rawValue: String(match.1)), let step = Int(match.2),
      let steps = recorded[kind]
    else { return false }
    return !steps.isEmpty && !steps.contains(step)
  }

  private func removeOld(_ kind: CheckpointKind, keeping: Int) {
    for step in steps(of: kind).dropLast(keeping) {
      let name = "\(path)/\(fileName(kind, step))"
      // The record goes first: weights without one do not count.
      for file in [name + ".json", name + ".safetensors"] {
        try? FileManager.default.removeItem(atPath: file)
      }
    }
  }

  /// The steps at which checkpoints of `kind` were recorded, in ascending order.
  private func steps(of kind: CheckpointKind) -> [Int] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return files.compactMap { file in
      guard file.hasPrefix(kind.rawValue + "-"), file.hasSuffix(".json") else { return nil }
      return Int(file.dropFirst(kind.rawValue.count + 1).dropLast(5))
    }.sorted()
  }

  private func fileName(_ kind: CheckpointKind, _ step: Int) -> String {
    "\(kind.rawValue)-\(step)"
  }

  private static func slotPrefix(_ name: String) -> String { "optimizer/\(name)/" }

  /// The state of one who only wants the model: nothing.
  private struct NoState: Codable, Sendable {}

  /// What stands in the JSON beside the weights.
  private struct Record<State: Codable & Sendable>: Codable {
    let step: Int
    let size: Int
    let checksum: String
    let state: State

    init(step: Int, size: Int, checksum: String, state: State) {
      self.step = step
      self.size = size
      self.checksum = checksum
      self.state = state
    }

    init(path: String) throws(ModelError) {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw .unreadable(path: path, reason: "no such file")
      }
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      guard let record = try? decoder.decode(Self.self, from: data) else {
        throw .damaged(
          path: path, reason: data.isEmpty ? "it is empty" : "it is no checkpoint's record")
      }
      self = record
    }
  }
}

extension SafeTensors {
  /// A number that changes when any of the tensors' numbers does (FNV-1a, 32 bits of a number at a time).
  package var checksum: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for (_, tensor) in tensors {
      let numbers = unsafe tensor.pointer
      for index in 0..<tensor.count {
        hash = unsafe (hash ^ UInt64(numbers[index].bitPattern)) &* 0x100_0000_01b3
      }
    }
    return String(hash, radix: 16)
  }
}
