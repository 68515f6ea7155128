import Foundation

/// Ends this process when it has waited in vain for the others to join: nobody watches over them before that.
///
/// Open MPI itself waits for ever when the hosts reach each other on some networks only and it has chosen another one.
struct JoinLimit {
  private let hasJoined = DispatchSemaphore(value: 0)

  private static let seconds = 35

  /// The time runs from here on.
  init() {
    Thread.detachNewThread { [hasJoined] in
      // The first one speaks for all, if it can.
      let seconds = Self.seconds + (MPIEnvironment.index == 0 ? 0 : 3)
      guard hasJoined.wait(timeout: .now() + .seconds(seconds)) == .timedOut else { return }
      FollowerOutput.writeLine(
        """
        Process \(MPIEnvironment.index ?? 0) on \(ProcessInfo.processInfo.hostName) has waited \(seconds) s for the \
        others to join: MPI's messages do not reach them, as with a firewall or with networks that some hosts lack. All \
        processes end. OMPI_MCA_btl_tcp_if_include=10.0.0.0/24 names the network to use.
        """)
      _exit(1)
    }
  }

  /// All have joined.
  func end() { hasJoined.signal() }
}
