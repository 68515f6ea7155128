import ArgumentParser

/// `parla kur transcribe`.
struct KurTranscribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transcribe", abstract: "Transcribe recordings with a Kurfile's model.",
    discussion: """
      EXAMPLES
        parla kur transcribe speech.yml hello.wav
        parla kur transcribe speech.yml --weights w.best --scorer english.scorer \\
          recordings/

      All options of parla transcribe may follow; parla transcribe --model speech.yml does the same. parla evaluate takes a Kurfile \
      as its --model too, and parla export turns it into one file.
      """)

  @Argument(help: ArgumentHelp("The Kurfile, in YAML.", valueName: "file"), completion: .file())
  var kurfile: String

  @Argument(
    parsing: .captureForPassthrough,
    help: "The recordings, or folders of them, and options of parla transcribe.",
    completion: .file())
  var recordings: [String] = []

  func run() throws {
    let command = try Transcribe.parse(["--model", kurfile] + recordings)
    try command.run()
  }
}
