import ParlaFiles
import ParlaPlatform
public import ParlaTranscripts

/// Writes down many recordings, several at a time.
///
/// With an output folder, each recording's transcript is a separate file there, which is written completely or
/// not at all, and existing transcripts are not repeated: an interrupted run resumes. An unreadable recording
/// does not affect the others.
public struct TranscriptionBatch: Sendable {
  /// The outcome for a recording.
  public enum Outcome: Sendable {
    /// It was recognised.
    case transcribed(TranscribedFile)
    /// Its transcript was there, and is newer than the recording.
    case alreadyThere
    /// It could not be recognised, or its transcript not be written; the words say why.
    case failed(String)
    /// The run was stopped before its turn.
    case notReached
  }

  /// Transcribes the recordings.
  public var transcriber: RecordingTranscriber

  /// The form of the files in the output folder.
  public var format: TranscriptFormat

  /// The folder for transcripts; nil for none.
  public var outputFolder: String?

  /// The file of the only recording's transcript, in place of one in the output folder; nil for none.
  public var outputFile: String?

  /// Whether existing transcripts are written again.
  public var overwrites: Bool

  /// How many recordings, or pieces of recordings, are recognised at the same time.
  public var threadCount: Int

  /// Keeps other runs from the same output; nil before it is claimed, and where the file system has no locks.
  private var lock: FolderLock?

  /// Writes the transcripts of `transcriber`.
  public init(
    _ transcriber: RecordingTranscriber, format: TranscriptFormat = .text,
    outputFolder: String? = nil, overwrites: Bool = false, threadCount: Int = 1
  ) {
    self.transcriber = transcriber
    self.format = format
    self.outputFolder = outputFolder
    self.overwrites = overwrites
    self.threadCount = threadCount
  }

  /// Transcribes `recordings`, and reports each in order as soon as those before it are done.
  ///
  /// `isStopped` is called before each recording starts; if it returns true, the rest is skipped. `tell` gets a recording's index
  /// and outcome.
  public func run(
    _ recordings: [RecordingList.Recording], isStopped: () -> Bool = { false },
    tell: (Int, Outcome) -> Void
  ) {
    var transcriber = transcriber
    transcriber.threadCount = threadCount
    var waiting = Waiting()
    transcriber.run(recordings.count) { index in
      if isStopped() {
        waiting.add(.notReached, at: index, tell)
      } else if isThere(recordings[index]) {
        waiting.add(.alreadyThere, at: index, tell)
      } else {
        return transcriber.job(.file(recordings[index].path))
      }
      return nil
    } finished: { index, job in
      waiting.add(outcome(of: recordings[index], job), at: index, tell)
    }
  }

  /// Outcomes that came before their turn.
  private struct Waiting {
    private var outcomes: [Int: Outcome] = [:]
    private var next = 0

    mutating func add(_ outcome: Outcome, at index: Int, _ tell: (Int, Outcome) -> Void) {
      outcomes[index] = outcome
      while let outcome = outcomes.removeValue(forKey: next) {
        tell(next, outcome)
        next += 1
      }
    }
  }
}

// MARK: - One recording

extension TranscriptionBatch {
  /// The path for the transcript of `recording`; nil without an output.
  public func outputPath(of recording: RecordingList.Recording) -> String? {
    outputFile
      ?? outputFolder.map { folder in
        let name = recording.outputName.fileName
        let file = Self.fitting(name, extension: format.fileExtension)
        return folder.appendingName(recording.outputName.folderPath.appendingName(file))
      }
  }

  /// Records next to the transcripts which recordings they belong to, before work starts, and locks the output against other
  /// programs for the lifetime of this batch.
  ///
  /// - Throws: `RecognitionError.otherRecording` if another recording's transcript already has the name of one of these, unless
  ///   `overwrites`; `.isFolder` if one's transcript would be a folder of another's; `.replacesRecording` if a recording has that
  ///   name; `.damagedIndex`; `FileError.inUse` with the host and the process of another run into the same output, and `FileError` in general.
  public mutating func claimOutputs(of recordings: [RecordingList.Recording]) throws {
    guard let folder = outputFile?.folderPath ?? outputFolder else { return }
    if let outputFile, !AtomicFile.isFile(outputFile) { return }
    let own = Set(recordings.map { TranscriptIndex.Origin($0.path).path })
    let outputs = recordings.compactMap(outputPath)
    try Self.checkFolders(of: outputs)
    for output in outputs where own.contains(TranscriptIndex.Origin(output).path) {
      throw RecognitionError.replacesRecording(path: output)
    }
    let place = folder.isEmpty ? "." : folder
    try makeFolder(place)
    lock = try outputFile.map { try FolderLock(file: $0) } ?? FolderLock(folder: place)
    let claims = recordings.map { recording in
      let name = recording.outputName
      let file = Self.fitting(name.fileName, extension: format.fileExtension)
      return (
        name: outputFile?.fileName ?? name.folderPath.appendingName(file), path: recording.path
      )
    }
    // Runs into other files of the folder note theirs at the same time.
    try AtomicFile.together(in: place) {
      var index = try TranscriptIndex(folder: place)
      try index.claim(claims, replaces: overwrites)
    }
  }

  /// Makes sure that no transcript is a folder of others, as those of `1.wav` and `1.txt/2.wav` are.
  private static func checkFolders(of outputs: [String]) throws(RecognitionError) {
    let files = Set(outputs.map { Data($0.utf8) })
    for output in outputs {
      var folder = output.folderPath
      while !folder.isEmpty, folder != "/" {
        guard !files.contains(Data(folder.utf8)) else {
          throw .isFolder(transcript: folder, other: output)
        }
        folder = folder.folderPath
      }
    }
  }

  /// `name` with the extension, shortened to a length that file systems allow: shortened names are made unique by a checksum.
  private static func fitting(_ name: String, extension fileExtension: String) -> String {
    let longest = 255
    let whole = "\(name).\(fileExtension)"
    guard whole.utf8.count > longest else { return whole }
    // FNV-1a, 32 bits.
    let hash = name.utf8.reduce(UInt32(0x811c_9dc5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    let end = "~\(String(hash, radix: 16)).\(fileExtension)"
    var start = ""
    for character in name.unicodeScalars {
      guard start.utf8.count + String(character).utf8.count + end.utf8.count <= longest else {
        break
      }
      start.unicodeScalars.append(character)
    }
    return start + end
  }

  /// Whether the transcript of `recording` is there already.
  private func isThere(_ recording: RecordingList.Recording) -> Bool {
    !overwrites && FileKind(recording.path) != .pipe
      && outputPath(of: recording).map { isNewer($0, than: recording.path) } == true
  }

  /// What became of `recording`, whose transcript is written.
  private func outcome(
    of recording: RecordingList.Recording, _ job: RecordingJob
  ) -> Outcome {
    do {
      let file = try job.transcribed()
      if let output = outputPath(of: recording) { try write(file, to: output) }
      return .transcribed(file)
    } catch {
      return .failed("\(error)")
    }
  }

  private func write(_ transcribed: TranscribedFile, to path: String) throws {
    let folder = path.folderPath.isEmpty ? "." : path.folderPath
    try makeFolder(folder)
    try AtomicFile.write(Data(try format.document(for: [transcribed]).utf8), to: path)
  }

  private func isNewer(_ output: String, than recording: String) -> Bool {
    guard let written = FileStatus(link: output)?.modified else { return false }
    return FileStatus(link: recording).map { $0.modified <= written } ?? true
  }
}
