# Everything that CI runs.
check:
    ./test

# The benches, with machine and figures.
bench:
    cargo bench -p benches

# Lay out code and policies.
fmt:
    cargo fmt --all
    cargo run --quiet -- rules fmt policies
