import Dispatch
import Foundation
import Synchronization

/// Turns Ctrl-C and a polite request to end into a flag, so that work can be saved first.
struct InterruptFlag: Sendable {
  private let request = Request()

  /// From here on Ctrl-C raises the flag; while `endsAtOnce` says so, it ends the program.
  init(endsAtOnce: @escaping @Sendable () -> Bool = { false }) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [request] in
        // The status is the one that shells give to programs ended by a signal.
        if endsAtOnce() { _exit(128 + number) }
        // The handler keeps its source alive for as long as the program runs.
        withExtendedLifetime(source) { request.wasMade.store(true, ordering: .relaxed) }
      }
      source.resume()
    }
  }

  /// Whether somebody asked for the end.
  var isRaised: Bool { request.wasMade.load(ordering: .relaxed) }

  private final class Request: Sendable {
    let wasMade = Atomic<Bool>(false)
  }
}
