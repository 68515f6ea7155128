public import ArgumentParser
import Foundation
import ParlaAcousticModel
import ParlaMPI
import ParlaRecognition
public import ParlaTranscripts

/// `parla transcribe`.
struct Transcribe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transcribe",
    abstract: "Transcribe recordings.",
    discussion: """
      Examples:

        parla transcribe --model model/model.safetensors interview.mp3
        parla transcribe --model model.pbmm --scorer english.scorer \\
          --format json *.wav
        parla transcribe --model model.tflite --format srt --output subtitles \\
          recordings/
        parla transcribe --model model/model.safetensors --output talk.vtt talk.mp3
        parla transcribe --model model.pbmm --hosts one:4,two:4 --output texts \\
          archive/
        curl https://example.org/talk.ogg | parla transcribe --model model.pbmm -

      Reads WAV, FLAC, Ogg Vorbis and Opus, MP3, AIFF, NIST SPHERE, u-law, G.722 and other formats of \
      libsndfile, at any sample rate. Silences of a second or more are skipped, so that nothing is \
      recognised in them. With --output, an interrupted run resumes where it stopped; \
      .parla-recordings.json records which recording each transcript belongs to, so that another \
      recording of the same name is refused, not skipped.
      """)

  @OptionGroup var model: ModelOptions

  @Argument(help: "The recordings, or folders of them; - is standard input.", completion: .file())
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "A recording or a folder, as DeepSpeech's client takes it; with --json its JSON format.",
      valueName: "path"), completion: .file())
  var audio: [String] = []

  @Option(
    help: """
      text; json with the times of the words; srt or vtt subtitles; ctm, textgrid or tsv with the times \
      of the words; deepspeech-json or deepspeech-python-json, as DeepSpeech's clients print.
      """)
  var format: TranscriptFormat?

  @Flag(help: "The same as --format json, or with --audio as --format deepspeech-json.")
  var json = false

  @Option(
    help: ArgumentHelp(
      """
      Write a file for each recording into this folder, or one recording's transcript into this file \
      (talk.vtt), and skip finished ones.
      """, valueName: "folder or file"), completion: .file())
  var output: String?

  @Flag(help: "Transcribe again even if output exists.")
  var overwrite = false

  @Option(
    name: [.long, .customLong("candidate-transcripts")],
    help: """
      Transcripts per recording; more than 1 need at least that --beam-width. (default: 1; \
      of --audio with --json 3)
      """)
  var candidates: Int?

  @Flag(name: .customShort("t"), help: "Print the processor time used.")
  var tellsTime = false

  @Flag(inversion: .prefixedNo, help: "Skip silence.")
  var voiceActivity = RecognitionSettings.standard.leavesOutSilence

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup(title: "Processes") var processes: ProcessOptions

  func validate() throws {
    guard !files.isEmpty || !audio.isEmpty else {
      throw ValidationError("Pass the recordings, or folders of them.")
    }
    guard candidates ?? 1 >= 1 else {
      throw ValidationError("--candidates: found \(candidates ?? 1), expected 1 or more.")
    }
    guard !processes.areSeveral || output != nil else {
      throw ValidationError("Several processes need --output FOLDER, for a file each recording.")
    }
    guard !processes.areSeveral || !files.contains("-") else {
      throw ValidationError("Several processes cannot share standard input. Pass files or folders.")
    }
    guard !json || format == nil || format == askedFormat else {
      throw ValidationError("--json: found --format as well. Pass one of them.")
    }
  }

  /// The format asked for; nil when none was.
  private var askedFormat: TranscriptFormat? {
    json ? audio.isEmpty ? .json : .deepSpeechJSON : format
  }

  func run() throws {
    try processes.launch()
    try processes.together(
      resumption: "resumes with the recordings that have no transcript yet", run(among:))
  }

  private func run(among team: ProcessOptions.Team?) throws {
    let list = try RecordingList(paths: files + audio)
    for file in list.leftOut { Terminal.note("\(file)") }
    for (folder, counts) in list.unread {
      let found = counts.sorted { $0.key < $1.key }.map { "\($0.value) .\($0.key)" }
      Terminal.note(
        "\(folder): left out \(found.joined(separator: ", ")), which mostly hold sound that Parla does not read. Convert them, as with: ffmpeg -i "
          + "a.\(counts.keys.min() ?? "m4a") a.wav")
    }
    let recordings = list.recordings
    let output = try output.map {
      try TranscriptOutput(path: $0, format: askedFormat, recordingCount: recordings.count)
    }
    let chosenFormat = output?.format ?? askedFormat ?? .text
    guard output != nil || recordings.count == 1 || !chosenFormat.isFileByFile else {
      throw ValidationError(
        "--format \(chosenFormat.rawValue): found \(recordings.count) recordings, expected one. "
          + "Pass --output FOLDER for a file each.")
    }
    var recognizer = try model.recognizer(precision: precision.precision)
    let width = decoder.width(advised: recognizer.metadata.beamWidth)
    let candidates =
      candidates ?? (json && !audio.isEmpty ? min(3, width) : 1)
    guard candidates <= width else {
      throw ValidationError(
        "--candidates: found \(candidates), expected at most --beam-width, \(width).")
    }
    if candidates > 1, !chosenFormat.showsCandidates {
      Terminal.note("--candidates has no effect with --format \(chosenFormat.rawValue).")
    }
    recognizer.decoder = try decoder.beamSearch(
      recognizer.alphabet, model: model.path, advisedWidth: width)
    var batch = TranscriptionBatch(
      RecordingTranscriber(
        recognizer, candidateCount: candidates, leavesOutSilence: voiceActivity),
      format: chosenFormat, outputFolder: output?.path,
      overwrites: overwrite || output?.isStream ?? false,
      threadCount: threads.count)
    if let output, output.isFile { batch.outputFile = output.path }
    try run(&batch, recordings, among: team) { own in
      TranscriptionReport(recordings: own, format: chosenFormat, isPrinted: output == nil)
    }
  }

  private func run(
    _ batch: inout TranscriptionBatch, _ recordings: [RecordingList.Recording],
    among team: ProcessOptions.Team?,
    makeReport: ([RecordingList.Recording]) -> TranscriptionReport
  ) throws {
    if let (peers, interrupt) = team {
      let shared = SharedTranscription(
        peers: peers, recordings: recordings, modelPath: model.path,
        isStopped: { interrupt.isRaised })
      return try shared.run(&batch, tellsTime: tellsTime, makeReport: makeReport)
    }
    try batch.claimOutputs(of: recordings)
    let report = makeReport(recordings)
    let interrupt = recordings.count > 1 ? InterruptFlag() : nil
    batch.run(recordings, isStopped: { interrupt?.isRaised ?? false }, tell: report.tell)
    if tellsTime { report.tellTime() }
    try report.finish()
  }
}

extension TranscriptFormat: ExpressibleByArgument {}
