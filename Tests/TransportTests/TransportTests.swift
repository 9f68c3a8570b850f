// TransportTests drives the real decoder, dispatcher and connection in this process, over pipes and
// socket pairs, with a fixture table of methods. What comes back is read by a strict reader of its
// own (TestClient.swift), not by the decoder under test.
//
// Start reading at TestClient.swift and Fixture.swift. Order and cancellation are proven with
// gates, never by waiting: a handler says that it has started, and ends when the test opens its
// gate. Timeouts only end a test that hangs.
