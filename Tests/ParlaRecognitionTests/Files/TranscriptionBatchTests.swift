import Foundation
import ParlaAudio
import ParlaFiles
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
import Testing

@Suite struct TranscriptionBatchTests {
  /// The outcomes of a batch, in the order in which they were reported.
  static func outcomes(_ batch: TranscriptionBatch, _ paths: [String]) throws -> [String] {
    let told = Mutex<[String]>([])
    try batch.run(RecordingList(paths: paths).recordings) { index, outcome in
      let word =
        switch outcome {
        case .transcribed: "transcribed"
        case .alreadyThere: "there"
        case .failed: "failed"
        case .notReached: "not reached"
        }
      told.withLock { $0.append("\(index) \(word)") }
    }
    return told.withLock { $0 }
  }

  static func write(_ names: String..., in folder: String) throws {
    for name in names {
      let path = "\(folder)/\(name)"
      let parent = (path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(
        atPath: parent, withIntermediateDirectories: true)
      try AudioFile.write(
        Waveform(samples: SyntheticVoice.speech(seconds: 0.3), sampleRate: 16000), to: path)
    }
  }

  @Test func aFoldersSoundFilesAreListedByName() throws {
    try withTemporaryFolder { folder in
      try Self.write("b.wav", "a/c.flac", "a.flac", in: folder)
      try Data().write(to: URL(fileURLWithPath: folder + "/notes.txt"))
      let list = try RecordingList(paths: [folder])
      #expect(list.recordings.map(\.outputName) == ["a", "a/c", "b"])
    }
  }

  @Test func pipesInFoldersAreLeftOut() throws {
    try withTemporaryFolder { folder in
      for name in ["p.wav", "q.flac"] { #expect(unsafe mkfifo("\(folder)/\(name)", 0o600) == 0) }
      #expect(throws: AudioError.noRecordings(folder: folder)) {
        try RecordingList(paths: [folder])
      }
      try Self.write("a.wav", in: folder)
      let list = try RecordingList(paths: [folder, folder + "/q.flac"])
      #expect(list.recordings.map(\.outputName) == ["a", "q"])
      #expect(list.leftOut.map(\.path) == ["p.wav", "q.flac"].map { "\(folder)/\($0)" })
    }
  }

  @Test func recordingsOfOneNameKeepTheirEndings() throws {
    try withTemporaryFolder { folder in
      try Self.write("a.wav", "a.flac", "b.wav", in: folder)
      #expect(
        try RecordingList(paths: [folder]).recordings.map(\.outputName) == [
          "a.flac", "a.wav", "b",
        ])
    }
  }

  static func names(_ folder: String, _ paths: String...) throws -> [String] {
    try RecordingList(paths: paths.map { "\(folder)/\($0)" }).recordings.map(\.outputName)
  }

  @Test func recordingsOfOneNameFromDifferentFoldersKeepTheirFolders() throws {
    try withTemporaryFolder { folder in
      try Self.write(
        "one/1.wav", "two/1.wav", "two/2.wav", "two/1.flac", "two/in/1.wav", in: folder)
      #expect(try Self.names(folder, "one/1.wav", "two/1.wav") == ["one/1", "two/1"])
      #expect(try Self.names(folder, "two/../one/1.wav", "two/1.wav") == ["one/1", "two/1"])
      #expect(
        try Self.names(folder, "one", "two")
          == ["one/1", "1.flac", "two/1", "2", "in/1"])
      #expect(try Self.names(folder, "two/1.wav", "two/in/1.wav") == ["1", "in/1"])
      // The same recording twice is one transcript.
      #expect(try Self.names(folder, "one/1.wav", "one/./1.wav") == ["1", "1"])
    }
  }

  @Test func noTranscriptTakesAnothersPlaceAndASecondRunResumesEach() throws {
    try withTemporaryFolder { folder in
      try Self.write("one/1.wav", "two/1.wav", "two/one/1.wav", in: folder)
      let batch = TranscriptionBatch(
        try RecordingTranscriberTests.transcriber(), outputFolder: folder + "/out")
      let input = ["one", "two"].map { "\(folder)/\($0)" }
      #expect(
        try Self.outcomes(batch, input) == ["0 transcribed", "1 transcribed", "2 transcribed"])
      #expect(try Self.outcomes(batch, input) == ["0 there", "1 there", "2 there"])
      let paths = try RecordingList(paths: input).recordings.compactMap { batch.outputPath(of: $0) }
      #expect(Set(paths).count == 3)
    }
  }

  @Test func anOutputThatAnotherRunWritesToIsRefused() throws {
    try withTemporaryFolder { folder in
      try Self.write("1.wav", "2.wav", in: folder)
      let recordings = try RecordingList(paths: [folder]).recordings
      func batch(_ output: String, isFile: Bool = false) throws -> TranscriptionBatch {
        var batch = TranscriptionBatch(
          try RecordingTranscriberTests.transcriber(), outputFolder: isFile ? nil : output)
        if isFile { batch.outputFile = output }
        return batch
      }
      var first = try batch(folder + "/out")
      try first.claimOutputs(of: recordings)
      var second = try batch(folder + "/out")
      let error = #expect(throws: FileError.self) { try second.claimOutputs(of: recordings) }
      #expect(error?.description.contains("is in use by process \(getpid()) on ") == true)
      // Files of their own in one folder are nobody else's; one file is.
      var a = try batch(folder + "/texts/a.txt", isFile: true)
      var b = try batch(folder + "/texts/b.txt", isFile: true)
      try a.claimOutputs(of: [recordings[0]])
      try b.claimOutputs(of: [recordings[1]])
      var again = try batch(folder + "/texts/a.txt", isFile: true)
      #expect(throws: FileError.self) { try again.claimOutputs(of: [recordings[1]]) }
      withExtendedLifetime((first, a, b)) {}
      first = try batch(folder + "/other")
      try second.claimOutputs(of: recordings)
    }
  }

  @Test func aNameThatIsTooLongWithItsEndingIsCut() throws {
    try withTemporaryFolder { folder in
      let names = ["a", "b"].map { String(repeating: "ж", count: 125) + $0 + ".wav" }
      for name in names { try Self.write(name, in: folder) }
      let batch = TranscriptionBatch(
        try RecordingTranscriberTests.transcriber(), format: .textGrid,
        outputFolder: folder + "/out")
      #expect(try Self.outcomes(batch, [folder]) == ["0 transcribed", "1 transcribed"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out").count == 2)
    }
  }

  @Test func whatIsNotThereIsNamed() throws {
    try withTemporaryFolder { folder in
      #expect(throws: AudioError.noRecordings(folder: folder)) {
        try RecordingList(paths: [folder])
      }
      #expect(throws: AudioError.missing(path: folder + "/none")) {
        try RecordingList(paths: [folder + "/none"])
      }
    }
  }

  @Test(arguments: [1, 3]) func outcomesComeInOrderAndFailuresLoseNothing(threads: Int) throws {
    try withTemporaryFolder { folder in
      try Self.write("a.wav", "b.wav", "d.wav", in: folder)
      try Data("no sound".utf8).write(to: URL(fileURLWithPath: folder + "/c.wav"))
      let batch = TranscriptionBatch(
        try RecordingTranscriberTests.transcriber(), threadCount: threads)
      #expect(
        try Self.outcomes(batch, [folder]) == [
          "0 transcribed", "1 transcribed", "2 failed", "3 transcribed",
        ])
    }
  }

  @Test func whatIsThereIsNotDoneAgain() throws {
    try withTemporaryFolder { folder in
      try Self.write("in/a.wav", "in/b/c.wav", in: folder)
      var batch = TranscriptionBatch(
        try RecordingTranscriberTests.transcriber(), format: .srt, outputFolder: folder + "/out")
      let input = [folder + "/in"]
      #expect(try Self.outcomes(batch, input) == ["0 transcribed", "1 transcribed"])
      #expect(FileManager.default.fileExists(atPath: folder + "/out/b/c.srt"))
      try FileManager.default.removeItem(atPath: folder + "/out/a.srt")
      #expect(try Self.outcomes(batch, input) == ["0 transcribed", "1 there"])
      try FileManager.default.setAttributes(
        [.modificationDate: Date.distantFuture], ofItemAtPath: folder + "/in/a.wav")
      #expect(try Self.outcomes(batch, input) == ["0 transcribed", "1 there"])
      batch.overwrites = true
      #expect(try Self.outcomes(batch, input) == ["0 transcribed", "1 transcribed"])
    }
  }

  @Test func aStopLeavesOutTheRest() throws {
    try withTemporaryFolder { folder in
      try Self.write("a.wav", "b.wav", "c.wav", "d.wav", "e.wav", in: folder)
      let asked = Atomic(0)
      let told = Mutex<[Bool]>([])
      TranscriptionBatch(try RecordingTranscriberTests.transcriber()).run(
        try RecordingList(paths: [folder]).recordings,
        isStopped: { asked.wrappingAdd(1, ordering: .relaxed).oldValue > 3 },
        tell: { _, outcome in
          if case .notReached = outcome {
            told.withLock { $0.append(false) }
          } else {
            told.withLock { $0.append(true) }
          }
        })
      #expect(told.withLock { $0 } == [true, true, true, true, false])
    }
  }

  @Test func anUnwritableFolderFailsTheRecording() throws {
    try withTemporaryFolder { folder in
      try Self.write("a.wav", in: folder)
      let batch = TranscriptionBatch(
        try RecordingTranscriberTests.transcriber(), outputFolder: folder + "/a.wav")
      #expect(try Self.outcomes(batch, [folder]) == ["0 failed"])
    }
  }
}
