// Experts: trained networks that read one layer of a checkpoint, and the files they live in.
//
// A network here is plain arithmetic over `Layer` and `Matrix`: it knows neither where the layer
// came from nor who asked. `ExpertFacts` is what an expert says about itself, `Expert` is facts and
// network together, `ExpertFile` reads and writes them, `ExpertFit` says whether an expert can read
// a checkpoint and on what evidence. Which experts are resident is `Library`'s business.
//
// `Zoo` finds labelled models to learn from and reads their headers.
//
// Start reading at `ProbeX`, then `Expert`.
