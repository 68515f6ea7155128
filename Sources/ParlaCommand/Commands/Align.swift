import ArgumentParser
import Foundation
import ParlaCorpus
import ParlaCorpusImport
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
      Passages are the lines of the text, or its sentences if lines are long. No clip reaches into the passage before or behind it.

      EXAMPLE
        parla align lecture.mp3 lecture.txt --model model.safetensors \\
          --output lecture

      The folder then contains passages.csv, all passages that seem to be spoken with their positions in the recording and a confidence from \
      0 to 1, and aligned.csv with clips of those above the threshold, ready for parla train. Passages with letters, digits or signs \
      that the model's alphabet lacks are not among the clips: write them as they are said, "12" as "twelve".
      """)

  @Argument(
    help: ArgumentHelp("The recording, of any format and length.", valueName: "recording"),
    completion: .file())
  var recording: String

  @Argument(help: ArgumentHelp("Its text.", valueName: "text"), completion: .file())
  var text: String

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "The encoding of the text, such as windows-1252 (default: what its bytes suggest).",
      valueName: "name"))
  var encoding: String?

  @Option(
    help: ArgumentHelp("The folder for the result.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp(
      "How sure a passage must be to become a clip, from 0 to 1 (default: \(RecordingAligner.usualThreshold)).",
      valueName: "confidence"),
    transform: finite)
  var threshold = RecordingAligner.usualThreshold

  @Option(
    help: ArgumentHelp(
      "How much of the recording clips include before and after the speech: at most half of the pause there (default: 0.1).",
      valueName: "seconds"),
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
    let missingCharacters: [String]?
  }

  func run() throws {
    let status = StatusLine()
    defer { status.clear() }
    let recognizer = try model.recognizer(
      precision: precision.precision, threadCount: threads.count)
    let source = try SourceText(
      file: text, encoding: try encoding.map { try TextEncoding(named: $0) })
    if let name = source.encodingName { Terminal.note("\(text): read as \(name)") }
    let content = source.text.precomposedStringWithCanonicalMapping
    guard content.contains(where: { !$0.isWhitespace }) else {
      throw ValidationError("\(text): found no text, expected the text of the recording.")
    }
    let wanted = AlignmentText(
      AlignmentText.passages(of: content), alphabet: recognizer.alphabet)
    if let missing = wanted.missing {
      Terminal.note(
        "\(text): found \(counted(missing.passageCount, "passage")) with characters that the model's alphabet lacks "
          + "(\(missing.characters.joined(separator: " "))), such as \"\(missing.example)\", expected letters that it has. "
          + "They do not become clips: write what is said, such as numbers as words.")
    }
    let corpus = try AlignedCorpus(recording: recording, folder: output, audio: audio)
    let found = try RecordingAligner(recognizer).passages(of: wanted, in: recording) { seconds in
      status.show("Recognising: \(readable(seconds: seconds))")
    }
    let spelled = wanted.passages.map { wanted.spelling($0, recognizer.alphabet) }
    let samples = found.map { passage in
      AlignedSample(
        text: spelled[passage.index], written: wanted.passageTexts[passage.index],
        seconds: passage.clip(margin: margin), confidence: passage.confidence,
        missingCharacters: wanted.missingCharacters[passage.index])
    }
    let count = try corpus.write(samples, threshold: threshold)
    status.finish()
    guard !json else {
      return try JSONOutput.print(
        zip(found, samples).map { passage, sample in
          Row(
            text: sample.written, start: passage.seconds.lowerBound,
            end: passage.seconds.upperBound,
            confidence: passage.confidence, isAccepted: sample.isAccepted(threshold),
            missingCharacters: sample.missingCharacters.isEmpty ? nil : sample.missingCharacters)
        })
    }
    print(
      "\(counted(wanted.passages.count, "passage")), \(found.count) found, \(count) above the threshold: "
        + output.appendingName("aligned.csv"))
  }
}
