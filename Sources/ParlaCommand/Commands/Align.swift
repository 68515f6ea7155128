import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaDecoding
import ParlaFiles
import ParlaRecognition

/// `parla align`: a corpus from a long recording and its text.
struct Align: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "align",
    abstract: "Align a text with a long recording, and cut the recording into clips.",
    discussion: """
      For audiobooks, lectures, meetings with minutes: the recording may be hours long, and each may have parts that the other lacks. \
      Passages are the lines of the text, or its sentences if lines are long.

      EXAMPLE
        parla align lecture.mp3 lecture.txt --model model.safetensors \\
          --output lecture

      The folder then contains passages.csv, all passages that seem to be spoken with their positions in the recording and a confidence from \
      0 to 1, and aligned.csv with clips of those above the threshold, ready for parla train.
      """)

  @Argument(
    help: ArgumentHelp("The recording, of any format and length.", valueName: "recording"),
    completion: .file())
  var recording: String

  @Argument(help: ArgumentHelp("Its text, in UTF-8.", valueName: "text"), completion: .file())
  var text: String

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp("The folder for the result.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp(
      "How sure a passage must be to become a clip, from 0 to 1.", valueName: "confidence"),
    transform: finite)
  var threshold = RecordingAligner.usualThreshold

  @Option(
    help: ArgumentHelp(
      "How much of the recording clips include before and after the speech.", valueName: "seconds"),
    transform: finite)
  var margin = 0.1

  @Option(
    help: ArgumentHelp(
      "Clips: flac, wav, or keep to refer to the recording instead.", valueName: "form"))
  var audio = "flac"

  @Flag(help: "Print all passages as JSON.")
  var json = false

  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard ["flac", "wav", "keep"].contains(audio) else {
      throw ValidationError("--audio \(audio): expected flac, wav or keep.")
    }
    guard (0...1).contains(threshold) else {
      throw ValidationError("--threshold \(threshold): expected 0 to 1.")
    }
    guard (0...5).contains(margin) else {
      throw ValidationError("--margin \(margin): expected 0 to 5.")
    }
  }

  /// A passage as it is printed.
  private struct Row: Encodable {
    let text: String
    let start: Double
    let end: Double
    let confidence: Double
    let isAccepted: Bool
  }

  func run() throws {
    let status = StatusLine()
    defer { status.clear() }
    let recognizer = try model.recognizer(
      precision: precision.precision, threadCount: threads.count)
    let content = try FileContent.text(text).precomposedStringWithCanonicalMapping
    guard content.contains(where: { !$0.isWhitespace }) else {
      throw ValidationError("\(text): found no text, expected the text of the recording.")
    }
    let wanted = AlignmentText(
      AlignmentText.passages(of: content), alphabet: recognizer.alphabet)
    let corpus = try AlignedCorpus(recording: recording, folder: output, audio: audio)
    let found = try RecordingAligner(recognizer).passages(of: wanted, in: recording) { seconds in
      status.show("Recognising: \(readable(seconds: seconds))")
    }
    let spelled = wanted.passages.map { wanted.spelling($0, recognizer.alphabet) }
    let samples = found.map { passage in
      let part = passage.seconds
      return AlignedSample(
        text: spelled[passage.index], written: wanted.passageTexts[passage.index],
        seconds: max(0, part.lowerBound - margin)..<part.upperBound + margin,
        confidence: passage.confidence)
    }
    let count = try corpus.write(samples, threshold: threshold)
    status.finish()
    guard !json else {
      return try JSONOutput.print(
        zip(found, samples).map { passage, sample in
          Row(
            text: sample.written, start: passage.seconds.lowerBound,
            end: passage.seconds.upperBound,
            confidence: passage.confidence, isAccepted: passage.confidence >= threshold)
        })
    }
    print(
      "\(counted(wanted.passages.count, "passage")), \(found.count) found, \(count) above the threshold: "
        + output.appendingName("aligned.csv"))
  }
}
