import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles

/// Makes clips of recordings: several at a time on all processors, those of archives while these are read.
struct ClipMaker {
  private let tree: SourceTree
  private let walk: SourceWalk
  private let outputFolder: String
  private let form: AudioForm
  private let sampleRate: Int

  /// Makes clips in `form` of the recordings of `tree` into `outputFolder`.
  init(
    tree: SourceTree, walk: SourceWalk, outputFolder: String, form: AudioForm, sampleRate: Int
  ) {
    self.tree = tree
    self.walk = walk
    self.outputFolder = outputFolder
    self.form = form
    self.sampleRate = sampleRate
  }

  /// The clips of the same recordings: read once, cut as often as is wanted.
  struct Group: Sendable {
    let audio: [String]
    var requests: [(index: Int, request: ClipRequest)]
  }

  /// What becomes of each of the `requests`; what was made before, of the same files in the same way, stays.
  ///
  /// - Throws: `ImportError.file`, `.audio`, `.archiveBroken`.
  func make(
    _ requests: [ClipRequest], progress: @escaping ImportProgress.Handler
  ) throws(ImportError) -> [ClipOutcome] {
    try makeFolder(folder)
    try removeIncoming()
    var journal = try ClipJournal(
      folder: folder,
      settings: .init(source: absolutePath(tree.root), form: form, sampleRate: sampleRate))
    var outcomes: [ClipOutcome?] = requests.map { known($0, journal.entries[$0.name]) }
    let groups = groups(of: requests, without: outcomes)
    let isPlain = groups.map { $0.audio.allSatisfy { tree.file($0)?.plainPath != nil } }
    var done = outcomes.count { $0 != nil }
    progress(.converting(done: done, total: requests.count))
    func take(_ made: [Made]) throws(ImportError) {
      var entries: [ClipJournal.Entry] = []
      for (index, result) in made {
        let outcome = try result.get()
        outcomes[index] = outcome
        entries.append(entry(requests[index], outcome))
      }
      try journal.append(entries)
      done += made.count
      progress(.converting(done: done, total: requests.count))
    }
    let plain = groups.indices.filter { isPlain[$0] }.map { groups[$0] }
    for start in stride(from: 0, to: plain.count, by: Self.batchSize) {
      let batch = Array(plain[start..<min(start + Self.batchSize, plain.count)])
      try take(concurrentMap(batch) { self.cut($0, files: []) }.flatMap(\.self))
    }
    try makeArchived(groups.indices.filter { !isPlain[$0] }.map { groups[$0] }, take)
    // Once for all clips, before anything names them: a disk that is waited for after each would be the slowest part.
    if !groups.isEmpty { sync() }
    return outcomes.map { $0 ?? .leftOut(.noRecording, detail: "") }
  }

  /// A result by the request's index.
  typealias Made = (index: Int, result: Result<ClipOutcome, ImportError>)

  private static let batchSize = 128

  var folder: String { "\(outputFolder)/clips" }

  private var incomingFolder: String { "\(folder)/.incoming" }

  private func removeIncoming() throws(ImportError) {
    guard FileManager.default.fileExists(atPath: incomingFolder) else { return }
    do { try FileManager.default.removeItem(atPath: incomingFolder) } catch {
      throw .file(.unwritable(path: incomingFolder, reason: systemReason(error)))
    }
  }

  private func groups(of requests: [ClipRequest], without known: [ClipOutcome?]) -> [Group] {
    var positions: [[String]: Int] = [:]
    var groups: [Group] = []
    for (index, request) in requests.enumerated() where known[index] == nil {
      if let position = positions[request.audio] {
        groups[position].requests.append((index, request))
      } else {
        positions[request.audio] = groups.count
        groups.append(Group(audio: request.audio, requests: [(index, request)]))
      }
    }
    return groups
  }

  // MARK: Journal

  private func known(_ request: ClipRequest, _ entry: ClipJournal.Entry?) -> ClipOutcome? {
    guard let entry, entry.stamp == stamp(request) else { return nil }
    if let reason = entry.reason { return .leftOut(reason, detail: entry.detail ?? "") }
    guard let clip = entry.clip else { return nil }
    if !request.wanted.contains(clip.seconds) { return .clip(clip) }
    let path = clip.path.hasPrefix("/") ? clip.path : "\(outputFolder)/\(clip.path)"
    return clip.byteCount > 0 && FileStamp(path: path)?.byteCount == clip.byteCount
      && (!request.needsFormat || clip.sourceRate > 0) ? .clip(clip) : nil
  }

  private func entry(_ request: ClipRequest, _ outcome: ClipOutcome) -> ClipJournal.Entry {
    switch outcome {
    case .clip(let clip): .init(name: request.name, stamp: stamp(request), clip: clip)
    case .leftOut(let reason, let detail):
      .init(name: request.name, stamp: stamp(request), reason: reason, detail: detail)
    }
  }

  private func stamp(_ request: ClipRequest) -> String {
    request.audio.map { path in
      guard let file = tree.file(path) else { return "-" }
      let modified = file.plainPath.flatMap(FileStamp.init)?.modified ?? 0
      return "\(file.byteCount) \(modified)"
    }.joined(separator: ",")
  }

  // MARK: Archives

  /// Copies the recordings of `groups` out of their archives, one after the other, while those before are cut.
  private func makeArchived(
    _ groups: [Group], _ take: ([Made]) throws(ImportError) -> Void
  ) throws(ImportError) {
    guard !groups.isEmpty else { return }
    let incoming: TemporaryFolder
    do { incoming = try TemporaryFolder(path: incomingFolder) } catch { throw .file(error) }
    var waiting: [String: [Int]] = [:]
    var missing = groups.map { Set($0.audio.filter { tree.file($0)?.plainPath == nil }) }
    for (index, group) in groups.enumerated() {
      for path in Set(group.audio) { waiting[path, default: []].append(index) }
    }
    var files: [String: String] = [:]
    var uses = waiting.mapValues(\.count)
    let pipeline = ClipPipeline { batch in
      concurrentMap(batch) { self.cut($0.group, files: $0.files) }.flatMap(\.self)
    }
    defer {
      pipeline.wait()
      withExtendedLifetime(incoming) {}
    }
    var batch: [ClipPipeline.Job] = []
    try walk.visitArchives { path, _, archive throws(ImportError) in
      guard let users = waiting[path], files[path] == nil, uses[path] != 0 else { return }
      let copy = "\(incomingFolder)/\(files.count)-\(path.fileStem.utf8.count).\(path.ending)"
      try archive.copy(to: copy)
      files[path] = copy
      for index in users {
        missing[index].remove(path)
        guard missing[index].isEmpty else { continue }
        batch.append(
          .init(group: groups[index], files: groups[index].audio.map { files[$0] ?? "" }))
        for used in Set(groups[index].audio) { uses[used, default: 1] -= 1 }
      }
      guard batch.count >= 2 * Processors.count else { return }
      if let made = pipeline.exchange(batch) { try take(made) }
      batch = []
    }
    if let made = pipeline.exchange(batch) { try take(made) }
    if let made = pipeline.exchange([]) { try take(made) }
  }

  // MARK: One recording

  /// The clips of `group`, whose recordings are at `files`, or in the source if that is empty.
  private func cut(_ group: Group, files: [String]) -> [Made] {
    let paths = group.audio.enumerated().map { index, path in
      files.indices.contains(index) && !files[index].isEmpty
        ? files[index] : tree.file(path)?.plainPath ?? ""
    }
    let cutter = ClipCutter(
      outputFolder: outputFolder, form: form, sampleRate: sampleRate, isArchived: !files.isEmpty)
    return cutter.cut(group, paths: paths)
  }
}

/// Works on one batch while the next is collected.
private final class ClipPipeline: Sendable {
  /// Recordings that are now at `files`.
  struct Job: Sendable {
    let group: ClipMaker.Group
    let files: [String]
  }

  private let queue = DispatchQueue(label: "clips")
  private let work: @Sendable ([Job]) -> [ClipMaker.Made]
  private let results = ResultBox()

  init(_ work: @escaping @Sendable ([Job]) -> [ClipMaker.Made]) { self.work = work }

  /// Returns when nothing is worked on.
  func wait() { queue.sync {} }

  /// Starts work on `batch`, and gives what came of the one before; nil if there was none.
  func exchange(_ batch: [Job]) -> [ClipMaker.Made]? {
    wait()
    let made = results.take()
    if !batch.isEmpty { queue.async { [work, results] in results.put(work(batch)) } }
    return made
  }
}
