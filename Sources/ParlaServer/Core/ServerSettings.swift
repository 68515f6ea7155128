import Foundation
public import ParlaFiles
public import ParlaRecognition

/// What a server is started with.
public struct ServerSettings: Sendable {
  /// Reads a model, at the start and whenever the models are to be read again.
  public typealias ModelLoader = @Sendable () throws -> Recognizer

  /// A model under the name by which clients ask for it.
  public struct Model: Sendable {
    /// What clients call it.
    public let name: String
    /// How it is read.
    public let load: ModelLoader

    /// A model called `name`, which `load` reads.
    public init(name: String, load: @escaping ModelLoader) {
      self.name = name
      self.load = load
    }
  }

  /// The address to listen on.
  public var host = "127.0.0.1"

  /// The port of HTTP and WebSockets; 0 for one that is free.
  public var port = 8080

  /// The port of Wyoming; nil for none, 0 for one that is free.
  public var wyomingPort: Int?

  /// The models; the first is the one that clients get who ask for none.
  public var models: [Model]

  /// The language of models that name none, as BCP 47 writes it; nil if it is not known.
  public var language: String?

  /// Who may use it; empty for everybody.
  public var tokens: [AccessToken] = []

  /// Whether it listens beyond this machine without a token.
  public var isOpenToAll = false

  /// Names under which it is reached, besides those of this machine.
  public var allowedHosts: [String] = []

  /// Whether metrics want a token too.
  public var protectsMetrics = false

  /// The files of a certificate chain and its key, in PEM; nil for plain HTTP.
  public var certificate: (chain: String, key: String)?

  /// Where a corpus is recorded; nil for no page of it.
  public var corpusFolder: String?

  /// The program that trains, with the arguments before those of `parla train`; empty for none.
  public var trainingCommand: [String] = []

  /// The file of the first model, from which a training on the corpus page starts.
  public var modelPath: String?

  /// What may be asked of it at the same time.
  public var limits = ServerLimits()

  /// How many threads recognise.
  public var threadCount = Processors.count

  /// Receives log lines.
  public var log: @Sendable (String) -> Void = { _ in }

  /// Serves `models`.
  public init(models: [Model]) { self.models = models }

  /// Makes sure that it may listen on the requested address.
  ///
  /// - Throws: `ServerError.openToAll`, `.openWyoming`.
  func check() throws(ServerError) {
    guard !isOpenToAll, !Self.isLoopback(host) else { return }
    guard !tokens.isEmpty else { throw .openToAll(host: host) }
    guard wyomingPort == nil else { throw .openWyoming(host: host) }
  }

  /// Whether `text` names a language as BCP 47 does, such as "en-US".
  public static func isLanguageTag(_ text: String) -> Bool {
    text.range(of: "^[a-z]{2,3}(-[A-Za-z0-9]+)*$", options: .regularExpression) != nil
  }

  /// Whether only this machine reaches `host`.
  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// An address with its port, as an address of the web has them.
  public static func place(host: String, port: Int) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

/// What may be asked of a server at the same time, and how long.
public struct ServerLimits: Sendable {
  /// Live streams.
  public var streams = 128
  /// Recordings that are received or recognised.
  public var uploads = 32
  /// Connections.
  public var connections = 4096
  /// Bytes of an upload.
  public var uploadBytes = 200 << 20
  /// Seconds of sound in an upload.
  public var soundSeconds = 6 * 3600
  /// Bytes of a WebSocket's message.
  public var messageBytes = 21 << 20
  /// Seconds until a head, or the next piece of a body, must have come.
  public var patience = 30
  /// Seconds that a connection may be idle between requests.
  public var idleSeconds = 60
  /// Seconds without a byte from the client of a WebSocket, not even an answer to a ping, or from one of Wyoming in the middle
  /// of its speech; then it is taken for gone.
  public var silentSeconds = 60
  /// Seconds that a client may leave answers unread.
  public var unreadSeconds = 60
  /// Seconds that streams get for their final texts when the server stops.
  public var stopSeconds = 7

  /// How long a stop waits for a training to save, in seconds.
  public var saveSeconds = 12

  /// Safe ones.
  public init() {}
}

/// Why a server does not start.
public enum ServerError: DescribedError, Equatable {
  /// It would listen where others reach it, and let everybody in.
  case openToAll(host: String)
  /// The same through Wyoming, whose clients know no tokens.
  case openWyoming(host: String)
  /// The address cannot be listened on.
  case cannotListen(host: String, port: Int, option: String, reason: String)
  /// The token file has a line that is no token.
  case badToken(path: String, line: Int, found: String)
  /// The certificate or its key cannot be used.
  case badCertificate(path: String, found: String, expected: String)
  /// The list of a corpus is not what the server wrote.
  case damagedCorpus(path: String, found: String)
  /// The list of a corpus is of a form that this version does not know.
  case newerCorpus(path: String, found: Int, expected: Int)
  /// The program was built without the server.
  case notBuilt

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .openToAll(let host):
      "--host \(host): others reach this address, expected a token that they must know. Pass --token-file FILE "
        + "with a token in a line, or --open-to-all to let everybody in."
    case .openWyoming(let host):
      "--wyoming-port: found --host \(host) with a token, but Wyoming's clients know no tokens and anyone who reaches "
        + "this address would get in. Pass --open-to-all to allow that, or serve Wyoming in a process of its own."
    case .cannotListen(let host, let port, let option, let reason):
      "\(ServerSettings.place(host: host, port: port)): cannot listen: \(reason). "
        + ((1..<1024).contains(port)
          ? "Ports below 1024 need rights of their own (CAP_NET_BIND_SERVICE): choose another \(option), and let a proxy forward this one."
          : "Choose another \(option) or --host.")
    case .badToken(let path, let line, let found):
      "\(path):\(line): found \(found), expected NAME TOKEN or TOKEN, of 16 signs or more. "
        + "Make one with: openssl rand -hex 32"
    case .badCertificate(let path, let found, let expected):
      "\(path): found \(found), expected \(expected)."
    case .damagedCorpus(let path, let found):
      "\(path): found \(found), expected the list of sentences and recordings that parla serve keeps here. Restore the "
        + "file from a copy. Without one, move it away and start again: the recordings and their texts are then taken "
        + "from clips.csv next to it, and only the sentences must be saved again."
    case .newerCorpus(let path, let found, let expected):
      "\(path): found form \(found) of this file, expected \(expected). Use the version of Parla that wrote it, or a newer one."
    case .notBuilt:
      "parla serve: this program was built without the server, which needs more packages. "
        + "Build it with: swift build -c release --traits Server"
    }
  }
}
