//! Values of a recipe as TOML has them.

use gannet_choice::Choice;
use toml::Value;

/// A type of a recipe's values.
pub(crate) trait Field: Sized {
    /// The value as TOML.
    fn to_value(&self) -> Value;

    /// The value that TOML has; nothing where its type is another one.
    fn from_value(value: &Value) -> Option<Self>;
}

impl Field for String {
    fn to_value(&self) -> Value {
        Value::String(self.clone())
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Field for f64 {
    fn to_value(&self) -> Value {
        Value::Float(*self)
    }

    fn from_value(value: &Value) -> Option<Self> {
        number(value)
    }
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Boolean(*self)
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Field for usize {
    fn to_value(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_integer().and_then(|number| Self::try_from(number).ok())
    }
}

impl Field for u64 {
    fn to_value(&self) -> Value {
        Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn from_value(value: &Value) -> Option<Self> {
        value.as_integer().and_then(|number| Self::try_from(number).ok())
    }
}

/// Implements [`Field`] for closed choices, by their words.
macro_rules! words {
    ($($choice:ty),+ $(,)?) => {
        $(impl Field for $choice {
            fn to_value(&self) -> Value {
                Value::String(self.word().to_owned())
            }

            fn from_value(value: &Value) -> Option<Self> {
                <Self as Choice>::parse(value.as_str()?).ok()
            }
        })+
    };
}

words!(
    crate::choices::CodeKind,
    crate::choices::LikelihoodKind,
    crate::choices::ScheduleKind,
    crate::choices::ConsistencyKind,
    crate::task_kind::TaskKind,
    gannet_data::DegradationKind,
    gannet_data::Fit,
    gannet_data::LayoutChoice,
    gannet_data::MaskKind,
    gannet_nn::AugmentKind,
    gannet_nn::PrecisionKind,
    gannet_nn::ConditionKind,
    gannet_nn::DiscriminatorKind,
    gannet_nn::GeneratorNormKind,
    gannet_nn::NetworkKind,
    gannet_nn::NormKind,
    gannet_nn::WeightKind,
    gannet_objectives::losses::LossKind,
    gannet_objectives::pixel::PixelLossKind,
);

/// A number, whole or not.
pub(crate) fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// A value as a recipe's file writes it, the same bytes each time.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::Float(number) => format!("{number:?}"),
        other => other.to_string(),
    }
}
