import Dispatch
import Foundation
import ParlaFiles
import Synchronization

/// What Ctrl-C, a polite request to end and a lost terminal do: they end the program, and nothing temporary stays.
///
/// While an `InterruptFlag` lives they raise it instead, so that work can be saved first.
enum Interrupts {
  private struct State {
    var sources: [any DispatchSourceSignal] = []
    var ignored: Set<Int32> = []
    var flag: InterruptFlag.Request?
    var actions: [Int32: @Sendable () -> Void] = [:]
  }

  private static let state = Mutex(State())

  /// A queue of its own has a thread even while all others compute.
  private static let queue = DispatchQueue(label: "parla.interrupts")

  /// Answers signals from here on; those that the program was started to ignore, as by nohup, end nothing.
  static func answer() {
    state.withLock { state in
      for number in [SIGINT, SIGTERM, SIGHUP] {
        let former = signal(number, SIG_IGN)
        if unsafe unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
          state.ignored.insert(number)
        }
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { arrived(number) }
        source.resume()
        state.sources.append(source)
      }
    }
  }

  /// From here on `action` is all that the signal does.
  static func answer(_ number: Int32, with action: @escaping @Sendable () -> Void) {
    state.withLock { $0.actions[number] = action }
  }

  private static func arrived(_ number: Int32) {
    if let action = state.withLock({ $0.actions[number] }) { return action() }
    let (flag, isIgnored) = state.withLock { ($0.flag, $0.ignored.contains(number)) }
    if number == SIGHUP, isIgnored { return }
    if let flag, !flag.endsAtOnce() {
      flag.wasMade.store(true, ordering: .relaxed)
    } else if flag != nil || !isIgnored {
      // The status is the one that shells give to programs ended by a signal.
      AbruptEnd.happen { _exit(128 + number) }
    }
  }

  fileprivate static func setFlag(_ flag: InterruptFlag.Request?) {
    state.withLock { $0.flag = flag }
  }
}

/// Turns the signals into a flag, for as long as it lives.
final class InterruptFlag: Sendable {
  private let request: Request

  /// From here on a signal raises the flag; while `endsAtOnce` says so, it ends the program.
  init(endsAtOnce: @escaping @Sendable () -> Bool = { false }) {
    request = Request(endsAtOnce)
    Interrupts.setFlag(request)
  }

  deinit { Interrupts.setFlag(nil) }

  /// Whether somebody asked for the end.
  var isRaised: Bool { request.wasMade.load(ordering: .relaxed) }

  fileprivate final class Request: Sendable {
    let wasMade = Atomic<Bool>(false)
    let endsAtOnce: @Sendable () -> Bool

    init(_ endsAtOnce: @escaping @Sendable () -> Bool) { self.endsAtOnce = endsAtOnce }
  }
}
