import ArgumentParser
import Dispatch
import Foundation
import ParlaAcousticModel
import ParlaFiles
import ParlaModelExchange
import ParlaRecognition
import ParlaServer
import Synchronization

/// `parla serve`.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a model to browsers, OpenAI's clients, Home Assistant and telephone systems.",
    discussion: """
      Examples:

        parla serve --model model/model.safetensors
        parla serve --model model/model.safetensors --wyoming-port 10300 \\
          --corpus corpus
        parla serve --model model/model.safetensors --host 0.0.0.0 \\
          --token-file tokens --tls-certificate cert.pem --tls-key key.pem

      Open http://localhost:8080 to speak. OpenAI's clients take http://localhost:8080/v1 as their base URL; \
      Vosk's take ws://localhost:8080, Deepgram's http://localhost:8080. See /openapi.json for the whole API. \
      SIGHUP reloads the models; Ctrl-C finishes open streams first.
      """)

  @Option(
    help: ArgumentHelp(
      """
      A model in any format, under the name that clients use for it (default: its file's). More than one may be \
      passed; the first is for clients that name none.
      """, valueName: "[name=]file"), completion: .file())
  var model: [String]

  @OptionGroup var alphabet: AlphabetOptions

  @Option(
    help: ArgumentHelp(
      "The language of models that name none, such as en or pt-BR.", valueName: "tag"))
  var language: String?

  @Option(help: "The address to listen on; 0.0.0.0 for all.")
  var host = "127.0.0.1"

  @Option(help: "The port of HTTP and WebSockets.")
  var port = 8080

  @Option(
    help: ArgumentHelp(
      "The port of the Wyoming protocol, usually 10300 (default: none).", valueName: "port"))
  var wyomingPort: Int?

  @Option(
    help: ArgumentHelp(
      "File of accepted tokens, one per line: TOKEN or NAME TOKEN.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Flag(help: "Allow listening beyond this machine without a token, on all ports.")
  var openToAll = false

  @Option(help: ArgumentHelp("More names under which the server is reached.", valueName: "name"))
  var allowHost: [String] = []

  @Flag(help: "Require a token for /metrics too.")
  var protectMetrics = false

  @Option(
    help: ArgumentHelp("Speak HTTPS with this certificate chain, in PEM.", valueName: "file"),
    completion: .file())
  var tlsCertificate: String?

  @Option(
    help: ArgumentHelp("The certificate's key, in PEM.", valueName: "file"), completion: .file())
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "Offer a page for recording a corpus into this folder.", valueName: "folder"),
    completion: .directory)
  var corpus: String?

  @Option(help: "Maximum simultaneous live streams; others get 503.")
  var maxStreams = ServerLimits().streams

  @Option(help: "Maximum simultaneous uploads; others get 503.")
  var maxUploads = ServerLimits().uploads

  @Option(help: "Maximum size of an upload, in MiB.")
  var maxUploadMb = ServerLimits().uploadBytes >> 20

  @Option(help: "Maximum length of a recording, in minutes.")
  var maxMinutes = ServerLimits().soundSeconds / 60

  @Option(
    help: ArgumentHelp(
      "Close live streams that send nothing, not even answers to pings, for this long.",
      valueName: "seconds"))
  var maxSilence = ServerLimits().silentSeconds

  @Flag(
    help: """
      Do not serve; measure how many live streams this machine handles in real time, using simulated clients.
      """)
  var measure = false

  @Option(
    help: ArgumentHelp(
      "Sound that they send (default: a synthetic voice).", valueName: "file"), completion: .file())
  var measureSound: String?

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key belong together: pass both.")
    }
    for (option, value) in [("--port", port), ("--wyoming-port", wyomingPort ?? 0)] {
      guard (0...65535).contains(value) else {
        throw ValidationError("\(option): found \(value), expected 0 to 65535.")
      }
    }
    for (option, value) in [
      ("--max-streams", maxStreams), ("--max-uploads", maxUploads),
      ("--max-upload-mb", maxUploadMb),
      ("--max-minutes", maxMinutes),
    ] where !(1...1_000_000).contains(value) {
      throw ValidationError("\(option): found \(value), expected 1 to 1000000.")
    }
    guard corpus?.isEmpty != true else {
      throw ValidationError("--corpus: found no name, expected that of a folder.")
    }
    if let language, !ServerSettings.isLanguageTag(language) {
      throw ValidationError("--language: found \(language), expected a tag such as en or pt-BR.")
    }
    guard (1...86_400).contains(maxSilence) else {
      throw ValidationError("--max-silence: found \(maxSilence), expected 1 to 86400.")
    }
    for (name, path) in named where name.isEmpty || path.isEmpty {
      throw ValidationError(
        "--model: found \(name)=\(path), expected a name and a file. Pass --model NAME=FILE, or --model FILE."
      )
    }
    guard measure || measureSound == nil else {
      throw ValidationError("--measure-sound is the recording for --measure: pass both.")
    }
    guard Set(named.map(\.name)).count == named.count else {
      throw ValidationError(
        "--model: found a name twice, expected one for each. Pass --model NAME=FILE.")
    }
  }

  func run() throws {
    if measure {
      try finish { try await ServingMeasurement.run(settings(), soundPath: measureSound) }
    } else {
      try serve()
    }
  }

  private func serve() throws {
    Heap.divide(into: max(1, ProcessInfo.processInfo.activeProcessorCount / 2))
    let server = try SpeechServer(try settings())
    let givingBack = Heap.givingBackFreedMemory(every: 2)
    defer { givingBack.cancel() }
    for number in [SIGTERM, SIGINT] { Interrupts.answer(number) { server.stop() } }
    Interrupts.answer(SIGHUP) { server.reload() }
    let scheme = tlsCertificate == nil ? "http" : "https"
    let shownHost = host == "127.0.0.1" ? "localhost" : host
    try finish {
      try await server.run { port, wyomingPort in
        Terminal.note(
          "Listening on \(scheme)://\(ServerSettings.place(host: shownHost, port: port))")
        if let wyomingPort {
          Terminal.note(
            "Wyoming on tcp://\(ServerSettings.place(host: shownHost, port: wyomingPort))")
        }
      }
    }
  }

  /// Waits for `work`.
  private func finish(_ work: @escaping @Sendable () async throws -> Void) throws {
    let ended = DispatchSemaphore(value: 0)
    let outcome = Mutex<Result<Void, any Error>>(.success(()))
    Task {
      do { try await work() } catch { outcome.withLock { $0 = .failure(error) } }
      ended.signal()
    }
    ended.wait()
    try outcome.withLock { $0 }.get()
  }

  private func settings() throws -> ServerSettings {
    let models = named.map { name, path in
      ServerSettings.Model(name: name, load: loader(path))
    }
    var settings = ServerSettings(models: models)
    settings.host = host
    settings.port = port
    settings.wyomingPort = wyomingPort
    settings.language = language
    settings.tokens = try tokenFile.map(AccessToken.read) ?? []
    settings.isOpenToAll = openToAll
    settings.allowedHosts = allowHost
    settings.protectsMetrics = protectMetrics
    if let tlsCertificate, let tlsKey { settings.certificate = (tlsCertificate, tlsKey) }
    settings.corpusFolder = corpus
    settings.trainingCommand = [Self.program, "train", "--stop-with-input"]
    settings.modelPath = named.first?.path
    settings.threadCount = threads.count
    settings.limits.streams = maxStreams
    settings.limits.uploads = maxUploads
    settings.limits.uploadBytes = maxUploadMb << 20
    settings.limits.soundSeconds = maxMinutes * 60
    settings.limits.silentSeconds = maxSilence
    settings.log = { Terminal.note($0) }
    return settings
  }

  private func loader(_ path: String) -> ServerSettings.ModelLoader {
    let (decoder, precision, threads, alphabet) = (decoder, precision, threads, alphabet)
    return {
      var recognizer = try Recognizer(
        modelPath: path, alphabet: alphabet.read(), precision: precision.precision,
        threadCount: threads.count, readers: ModelReader.all)
      recognizer.decoder = try decoder.beamSearch(
        recognizer.alphabet, model: path, advisedWidth: recognizer.metadata.beamWidth)
      return recognizer
    }
  }

  /// The models with their names.
  private var named: [(name: String, path: String)] {
    model.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard parts.count == 2, !FileManager.default.fileExists(atPath: text) else {
        return (text.fileName.withoutExtension, text)
      }
      return (parts[0], parts[1])
    }
  }

  /// This program's own file.
  private static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }
}
