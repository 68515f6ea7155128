import Foundation
import ParlaAudio
import ParlaRecognition
import ParlaTestSupport
import ParlaTranscripts
import Synchronization
import Testing

/// Recordings whose files are still being written.
@Suite(.timeLimit(.minutes(10))) struct ArrivingRecordingTests {
  /// Writes something wherever there is sound, so that each utterance has a text.
  private static func recognizer() throws -> Recognizer {
    var recognizer = try Recognizer(model: GraphRecognitionTests.loudnessModel())
    recognizer.decoder = nil
    recognizer.leavesOutSilence = true
    return recognizer
  }

  /// Two utterances; the first one is over once two seconds of silence have come.
  private static let speech =
    SyntheticVoice.speech(seconds: 2) + SyntheticVoice.silence(seconds: 4)
    + SyntheticVoice.speech(seconds: 2)

  /// A WAV, written by and by.
  private final class Writer {
    let file: ArrivingFile
    private let handle: FileHandle
    private let bytes: [UInt8]
    private var count = 0

    init(_ folder: String, _ name: String) throws {
      let whole = "\(folder)/\(name)-whole.wav"
      try AudioFile.write(Waveform(samples: speech, sampleRate: 16000), to: whole)
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: whole)))
      let path = "\(folder)/\(name).wav"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      handle = try #require(FileHandle(forWritingAtPath: path))
      file = ArrivingFile(path: path)
    }

    func write(upTo share: Double) throws {
      let end = Int(share * Double(bytes.count))
      try handle.write(contentsOf: bytes[count..<end])
      count = end
      file.grow(to: end)
      if end == bytes.count { file.finish() }
    }
  }

  @Test func theTextIsThatOfTheWholeFileAndComesWhileItArrives() async throws {
    let recognizer = try Self.recognizer()
    let alone = try RecordingTranscriber(recognizer).transcribe(
      .waveform(Waveform(samples: Self.speech, sampleRate: 16000)))
    #expect(alone.transcript.words.count > 1)
    let scheduler = StreamScheduler(recognizer)
    try await withTemporaryFolderAsync { folder in
      let writer = try Writer(folder, "a")
      let (pieces, told) = AsyncStream.makeStream(of: Transcript.self)
      let file = writer.file
      let task = Task {
        defer { told.finish() }
        return try await scheduler.transcribe(.arriving(file)) { told.yield($0) }
      }
      try writer.write(upTo: 0.75)
      var iterator = pieces.makeAsyncIterator()
      #expect(await iterator.next() != nil)
      try writer.write(upTo: 1)
      let found = try await task.value
      #expect(found.transcript == alone.transcript)
      #expect(found.duration == alone.duration)
    }
  }

  @Test func thoseThatWaitForTheirFilesHoldUpNobody() async throws {
    let recognizer = try Self.recognizer()
    let scheduler = StreamScheduler(recognizer)
    try await withTemporaryFolderAsync { folder in
      let slow = try (0..<40).map { try Writer(folder, "\($0)") }
      for writer in slow { try writer.write(upTo: 0.1) }
      let files = slow.map(\.file)
      let waiting = files.map { file in Task { try await scheduler.transcribe(.arriving(file)) } }
      while await scheduler.recordingCount < slow.count { await Task.yield() }
      let sound = Waveform(samples: Self.speech, sampleRate: 16000)
      let found = try await scheduler.transcripts(of: sound)
      #expect(try found == RecordingTranscriber(recognizer).transcripts(of: sound))
      #expect(await scheduler.recordingCount == slow.count)
      for task in waiting { task.cancel() }
    }
  }

  @Test func whatLastsTooLongIsRefused() async throws {
    let recognizer = try Self.recognizer()
    var options = TranscriptionOptions(recognizer)
    options.longestSeconds = 3
    await #expect(throws: RecognitionError.tooLong(limit: 3)) {
      try await StreamScheduler(recognizer).transcribe(
        .waveform(Waveform(samples: Self.speech, sampleRate: 16000)), options: options)
    }
  }
}
