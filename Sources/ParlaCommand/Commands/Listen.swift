import ArgumentParser
import ParlaAudio
import ParlaRecognition

/// `parla listen`.
struct Listen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listen",
    abstract: "Transcribe live sound.",
    discussion: """
      Examples:

        arecord -f S16_LE -r 16000 -t raw | \\
          parla listen --model model/model.safetensors
        ffmpeg -i https://example.org/stream -f wav - | \\
          parla listen --model model.pbmm

      Reads 16-bit samples from standard input, raw or as a WAV of any rate and number of channels. An \
      utterance ends with half a second of silence and becomes a line; a terminal shows it while it \
      grows. Ctrl-C, or the end of the sound, prints the last utterance and ends.
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "Samples per second of raw sound (default: the model's).", valueName: "hertz"))
  var rate: Int?

  @Flag(inversion: .prefixedNo, help: "Skip silence, and divide speech into utterances.")
  var voiceActivity = true

  @Flag(help: "Also print unfinished utterances, as lines that begin with dots.")
  var partials = false

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions
  @OptionGroup var precision: PrecisionOptions

  func validate() throws {
    guard rate.map({ (100...1_000_000).contains($0) }) ?? true else {
      throw ValidationError("--rate: found \(rate ?? 0), expected 100 to 1000000.")
    }
  }

  func run() throws {
    var recognizer = try model.recognizer(precision: precision.precision)
    recognizer.decoder = try decoder.beamSearch(
      recognizer.alphabet, model: model.path, advisedWidth: recognizer.metadata.beamWidth)
    let interrupt = InterruptFlag()
    let text = LiveText(printsPartials: partials)
    var source = LiveSource(
      name: "standard input", rate: rate ?? recognizer.sampleRate, target: recognizer.sampleRate)
    var listener = try UtteranceListener(recognizer, findsSpeech: voiceActivity)
    var hasSound = false
    reading: while !interrupt.isRaised {
      switch try StandardInput.read() {
      case .nothingYet: continue
      case .end: break reading
      case .bytes(let bytes):
        let samples = try source.feed(bytes)
        hasSound = hasSound || !samples.isEmpty
        try listener.feed(samples).forEach(text.show)
      }
    }
    let rest = try source.rest()
    hasSound = hasSound || !rest.isEmpty
    try listener.feed(rest).forEach(text.show)
    try listener.finish().forEach(text.show)
    guard !interrupt.isRaised else { return }
    try source.finish()
    if !hasSound { Terminal.note("Standard input ended without any sound.") }
  }
}
