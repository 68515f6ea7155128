import ParlaFiles
import ParlaNeuralNetwork
import ParlaPlatform
import ParlaTranscripts
import Synchronization

/// A folder of checkpoints: `last-<step>.safetensors` and `best-<step>.safetensors`, each with a `.json` next to it.
///
/// The JSON holds the size and the checksum of the weights: if they do not match, the checkpoint is ignored and
/// the one before it is used. It is written first and removed last, so weights without it never come from a training
/// that was killed: somebody copied them, and an error names them.
package struct CheckpointFolder: Sendable {
  /// Where the folder is.
  package let path: String

  private let known = KnownCheckpoints()

  /// Takes the folder at `path`, which need not exist yet.
  package init(path: String) { self.path = path }

  /// Makes the folder, if need be, and proves that it can be written to.
  ///
  /// - Throws: `ModelError.unwritableFolder`.
  package func prepare() throws(ModelError) {
    do { try AtomicFile.prepare(path.appendingName("last.json")) } catch {
      guard case .unwritable(_, let reason) = error else { return }
      throw .unwritableFolder(path: path, reason: reason)
    }
  }

  /// Saves `checkpoint` under `kind` and `step`, then removes all of that kind but it and the newest others, `keeping` in all,
  /// of those that are whole.
  ///
  /// - Throws: `FileError.unwritable`; `ModelError.damaged` when the disk does not give back what was written, and
  ///   `.notReadBack` when no checkpoint of this model can be read again. What was saved before is then still there.
  package func save<State>(
    _ checkpoint: Checkpoint<State>, as kind: CheckpointKind, step: Int, keeping: Int
  ) throws {
    let name = Name(kind, step)
    let slots = checkpoint.optimizer.flatMap { slot in
      zip(slot.parameters.specifications, slot.parameters.tensors).map {
        (name: Self.slotPrefix(slot.name) + $0.name, tensor: $1)
      }
    }
    let file = try checkpoint.model.file(
      further: slots,
      metadata: ["optimizer": checkpoint.optimizer.map(\.name).joined(separator: ",")])
    try makingRoom {
      try write(
        file, name,
        CheckpointRecord(
          step: step, size: try file.byteCount, checksum: file.checksum, state: checkpoint.state))
    }
    try verify(name, checkpoint)
    prune(kind, keeping: keeping, written: name)
  }

  private func write<State>(
    _ file: SafeTensors, _ name: Name, _ record: CheckpointRecord<State>
  ) throws {
    let isThere = FileManager.default.fileExists(atPath: weightsPath(name))
    known.forget(name)
    if isThere {
      // The old record must not remain next to new weights for longer than necessary.
      try file.write(to: weightsPath(name))
      try record.write(to: recordPath(name))
    } else {
      try record.write(to: recordPath(name))
      do { try file.write(to: weightsPath(name)) } catch {
        unsafe unlink(recordPath(name))
        throw error
      }
    }
  }

  /// Does `write`; on a full disk again and again, without the oldest of the last checkpoints, as long as a whole one remains.
  private func makingRoom(_ write: () throws -> Void) throws {
    while true {
      do { return try write() } catch FileError.unwritable(let path, let reason) {
        let isFull = [ENOSPC, EDQUOT].contains { systemReason($0) == reason }
        let whole = names(of: .last).filter(isWhole)
        guard isFull, whole.count > 1 else {
          throw FileError.unwritable(path: path, reason: reason)
        }
        remove(whole[0])
      }
    }
  }

  /// Makes sure that the data is on the disk as written, and the first time that all of it can be read again.
  private func verify<State>(_ name: Name, _ checkpoint: Checkpoint<State>) throws {
    guard isWhole(name) else {
      remove(name)
      throw ModelError.damaged(
        path: weightsPath(name), reason: "the disk does not give back what was written")
    }
    guard known.isFirst() else { return }
    var problem = "it is another model"
    do {
      let again: Checkpoint<State> = try read(name)
      let isSame =
        again.model.description == checkpoint.model.description
        && again.model.alphabet.fileText.utf8.elementsEqual(checkpoint.model.alphabet.fileText.utf8)
      if isSame { return }
    } catch { problem = "\(error)" }
    remove(name)
    throw ModelError.notReadBack(path: weightsPath(name), reason: problem)
  }
}

// MARK: - Which checkpoints there are

extension CheckpointFolder {
  /// A checkpoint's place in the folder.
  struct Name: Hashable {
    let kind: CheckpointKind
    let step: Int

    init(_ kind: CheckpointKind, _ step: Int) {
      self.kind = kind
      self.step = step
    }

    /// The name that the file `name` with the ending `fileExtension` is of.
    init?(file name: String, ending fileExtension: String) {
      let parts = name.withoutExtension.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, let kind = CheckpointKind(rawValue: String(parts[0])),
        let step = Int(parts[1]), name == "\(kind.rawValue)-\(step).\(fileExtension)"
      else { return nil }
      self.init(kind, step)
    }
  }

  private func path(_ name: Name, _ ending: String) -> String {
    path.appendingName("\(name.kind.rawValue)-\(name.step).\(ending)")
  }

  func weightsPath(_ name: Name) -> String { path(name, "safetensors") }

  func recordPath(_ name: Name) -> String { path(name, "json") }

  /// The contents of the folder: weights with their record, and each without the other.
  private func contents() -> (whole: Set<Name>, weights: Set<Name>, records: Set<Name>) {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let weights = Set(files.compactMap { Name(file: $0, ending: "safetensors") })
    let records = Set(files.compactMap { Name(file: $0, ending: "json") })
    return (
      weights.intersection(records), weights.subtracting(records), records.subtracting(weights)
    )
  }

  /// The checkpoints of `kind`, in ascending order.
  func names(of kind: CheckpointKind) -> [Name] {
    contents().whole.filter { $0.kind == kind }.sorted { $0.step < $1.step }
  }

  /// Weights without their record, the newest first.
  func unrecorded() -> [Name] { contents().weights.sorted { $0.step > $1.step } }

  /// Whether there are checkpoints here, or what is left of them.
  package var holdsCheckpoint: Bool {
    let (whole, weights, _) = contents()
    return !whole.isEmpty || !weights.isEmpty
  }

  /// Whether a checkpoint of `kind` is here whose weights are those that its record speaks of.
  package func hasWhole(_ kind: CheckpointKind) -> Bool { names(of: kind).contains(where: isWhole) }

  /// Whether the checkpoint's weights are those that its record speaks of.
  private func isWhole(_ name: Name) -> Bool {
    if known.isWhole(name, stamp: stamp(name)) { return true }
    guard let record = try? CheckpointRecord<NoState>(path: recordPath(name)),
      let checksum = try? SafeTensors.checksum(path: weightsPath(name), size: record.size),
      checksum == record.checksum
    else { return false }
    known.remember(name, stamp: stamp(name))
    return true
  }

  /// A value that changes with the weights.
  private func stamp(_ name: Name) -> [Double] {
    guard let status = FileStatus(weightsPath(name)) else { return [] }
    return [Double(status.number), Double(status.byteCount), status.modified]
  }

  /// Checkpoints found to be whole, so that each is read once.
  private final class KnownCheckpoints: Sendable {
    private struct State {
      var stamps: [Name: [Double]] = [:]
      var isFirst = true
    }

    private let state = Mutex(State())

    func isWhole(_ name: Name, stamp: [Double]) -> Bool {
      state.withLock { !stamp.isEmpty && $0.stamps[name] == stamp }
    }

    func remember(_ name: Name, stamp: [Double]) { state.withLock { $0.stamps[name] = stamp } }

    func forget(_ name: Name) { state.withLock { $0.stamps[name] = nil } }

    /// True once.
    func isFirst() -> Bool {
      state.withLock { state in
        defer { state.isFirst = false }
        return state.isFirst
      }
    }
  }
}

// MARK: - Removing

extension CheckpointFolder {
  /// Leaves of `kind` what was just `written` and the newest whole others, `count` in all.
  ///
  /// A damaged one is not counted, and is removed only when this many intact ones exist.
  private func prune(_ kind: CheckpointKind, keeping count: Int, written: Name) {
    let others = names(of: kind).filter { $0 != written }.reversed()
    let whole = others.filter(isWhole)
    for name in whole.dropFirst(max(0, count - 1)) { remove(name) }
    guard whole.count >= count - 1 else { return }
    for name in others where !isWhole(name) { remove(name) }
  }

  private func remove(_ name: Name) {
    known.forget(name)
    for file in [weightsPath(name), recordPath(name)] { unsafe unlink(file) }
  }

  /// Removes what a killed training left behind: files under temporary names, and records without weights.
  ///
  /// For a training's own folder, while no other program works there.
  package func removeRemains() {
    for name in contents().records { unsafe unlink(recordPath(name)) }
    TemporaryRemains.remove(in: path)
    // Under such names older versions wrote.
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for file in files where Self.isOldRemains(file) { unsafe unlink(path.appendingName(file)) }
  }

  /// Whether a name ends with a dot, digits and `.tmp`.
  private static func isOldRemains(_ name: String) -> Bool {
    guard name.hasSuffix(".tmp") else { return false }
    let number = String(name.dropLast(4)).fileExtension
    return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
