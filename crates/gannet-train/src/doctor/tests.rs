use super::*;

fn healthy() -> Signals {
    Signals {
        real_over_fake: 0.9,
        held_out_over_fake: Some(0.88),
        real_over_held_out: Some(0.53),
        diversity: 0.95,
        coverage: 0.8,
        missed: 0.02,
        movement: Some(0.2),
    }
}

#[test]
fn each_finding_has_its_signals_and_a_healthy_run_has_none() {
    let found = |signals: &Signals| {
        let all = [overfits(signals), stalled(signals, 1.0), modes_lost(signals, 0.6)];
        all.into_iter().flatten().map(|diagnosis| diagnosis.finding).collect::<Vec<_>>()
    };
    assert_eq!(found(&healthy()), []);
    let known = Signals { held_out_over_fake: Some(0.6), real_over_held_out: Some(0.9), ..healthy() };
    assert_eq!(found(&known), [Finding::Overfits]);
    assert_eq!(found(&Signals { real_over_fake: 1.0, movement: Some(0.001), ..healthy() }), [Finding::Stalled]);
    assert_eq!(found(&Signals { diversity: 0.1, ..healthy() }), [Finding::ModesLost]);
    assert_eq!(found(&Signals { coverage: 0.2, ..healthy() }), [Finding::ModesLost]);
    assert_eq!(found(&Signals { missed: 0.16, ..healthy() }), [Finding::ModesLost]);
    assert_eq!(modes_lost(&Signals { coverage: 0.2, ..healthy() }, 0.3), None, "there is time to find them");
    // Near the end of a schedule nothing moves, and that is as it should be.
    assert_eq!(stalled(&Signals { real_over_fake: 1.0, movement: Some(0.001), ..healthy() }, 0.1), None);
}

#[test]
fn what_explodes_or_is_no_number_has_diverged_and_what_varies_has_not() {
    let step = |value: f64| vec![("grad/generator".to_owned(), value), ("loss/generator".to_owned(), 1.0)];
    let mut doctor = Doctor::default();
    for at in 0..200 {
        assert_eq!(doctor.watch(&step(if at % 2 == 0 { 1.0 } else { 1e-6 })), None);
    }
    assert_eq!(doctor.watch(&step(50.0)), None);
    assert_eq!(doctor.watch(&step(6000.0)).unwrap().finding, Finding::Diverged);
    let diagnosis = doctor.watch(&[("loss/generator".to_owned(), f64::NAN)]).unwrap();
    assert!(diagnosis.to_string().starts_with("diverged: loss/generator is NaN. Try smaller optim."), "{diagnosis}");
}
