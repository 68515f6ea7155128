import Foundation
import Synchronization

/// One process with one copy of a model for every client: OpenAI's, Vosk's, Deepgram's and Wyoming's protocols, and pages.
///
/// ```swift
/// let settings = ServerSettings(models: [.init(name: "english") { try Recognizer(modelPath: "model.safetensors") }])
/// let server = try SpeechServer(settings)
/// try await server.run { port, _ in print("http://127.0.0.1:\(port)") }
/// ```
public final class SpeechServer: Sendable {
  let site: Site
  private let ending = Mutex<CheckedContinuation<Void, Never>?>(nil)

  /// A server that waits for `run`.
  ///
  /// - Throws: `ServerError`, `FileError`.
  public init(_ settings: ServerSettings) throws {
    try settings.check()
    site = try Site(settings)
  }

  /// Serves until `stop`; `whenListening` is called with the ports of HTTP and Wyoming once the models are read.
  ///
  /// Clients that connect earlier get an answer that the models are loading.
  /// - Throws: `ServerError`, and what reading the models throws.
  public func run(whenListening: @Sendable (Int, Int?) -> Void = { _, _ in }) async throws {
    #if Server
      raiseFileLimit()
      let listener = try Listener(site)
      do {
        let ports = try await listener.start()
        try await load()
        whenListening(ports.port, ports.wyomingPort)
      } catch {
        await listener.stop()
        throw error
      }
      await waitForStop()
      async let training: Void? = site.corpus?.training.end(within: site.limits.saveSeconds) {
        [haste = site.haste] in haste.isRaised
      }
      await listener.stop()
      _ = try await training
    #else
      throw ServerError.notBuilt
    #endif
  }

  /// Lets streams end with their final texts, and ends `run`; called once more, without waiting for them.
  public func stop() {
    if site.stop.isRaised {
      site.haste.raise()
    } else {
      let count = site.metrics.streamCount + site.metrics.uploadCount
      if count > 0 {
        site.settings.log(
          "Stopping: \(count) \(count == 1 ? "stream or upload ends" : "streams and uploads end") within "
            + "\(site.limits.stopSeconds) s. Once more stops at once.")
      }
    }
    site.stop.raise()
    ending.withLock { $0.take() }?.resume()
  }

  /// Reads the models again; streams continue with those that they have.
  public func reload() {
    let site = site
    Thread.detachNewThread {
      do {
        try site.models.load()
        site.settings.log("The models are read again.")
      } catch {
        site.settings.log("The models stay as they were: \(error)")
      }
    }
  }

  private func load() async throws {
    let models = site.models
    // Reading a model blocks its thread.
    try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Void, any Error>) in
      Thread.detachNewThread { continuation.resume(with: Result { try models.load() }) }
    }
    site.metrics.setReady()
    site.settings.log("Ready: \(models.names.joined(separator: ", ")).")
    for model in models.all where model.namedLanguage == nil && site.settings.wyomingPort != nil {
      site.settings.log(
        "\(model.name) names no language, so Home Assistant does not offer it. Pass --language, such as en or pt-BR, or train "
          + "with --export-language.")
    }
    for model in models.all where !model.takesHotWords {
      site.settings.log(
        "\(model.name): each frame's most probable label is read, so clients' hot words, phrases and prompts change nothing. "
          + "Start without --greedy to let them.")
    }
  }

  private func waitForStop() async {
    await withCheckedContinuation { continuation in
      let isOver = ending.withLock { ending in
        guard !site.stop.isRaised else { return true }
        ending = continuation
        return false
      }
      if isOver { continuation.resume() }
    }
  }

  /// Lets the process have as many open files as the system does, and no more connections than leave some for uploads.
  private func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 65536)
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    site.metrics.limitConnections(to: max(4, Int(limit.rlim_cur) * 3 / 4 - 16))
  }
}
