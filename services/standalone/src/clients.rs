//! The services as a command-line user reaches them: one channel each, the caller's token on every request.

use contract::client::{self, BadAddress, Timeouts};
use contract::collection::v1::imports_client::ImportsClient;
use contract::collection::v1::matches_client::MatchesClient;
use contract::collection::v1::objections_client::ObjectionsClient;
use contract::collection::v1::records_client::RecordsClient;
use contract::collection::v1::remedies_client::RemediesClient;
use contract::collection::v1::tickets_client::TicketsClient;
use contract::common::v1::reads_client::ReadsClient;
use contract::exchange::v1::deliveries_client::DeliveriesClient;
use contract::feed::v1::feed_client::FeedClient;
use contract::gateway::v1::profiles_client::ProfilesClient;
use contract::inspection::v1::inspectors_client::InspectorsClient;
use contract::inspection::v1::plans_client::PlansClient;
use contract::inspection::v1::tasks_client::TasksClient;
use contract::inspection::v1::visits_client::VisitsClient;
use contract::punishment::v1::abnormal_directory_client::AbnormalDirectoryClient;
use contract::punishment::v1::entry_remedies_client::EntryRemediesClient;
use contract::punishment::v1::joint_measures_client::JointMeasuresClient;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::receipts_client::ReceiptsClient;
use contract::punishment::v1::repairs_client::RepairsClient;
use contract::punishment::v1::serious_list_client::SeriousListClient;
use contract::registry::v1::commitment_templates_client::CommitmentTemplatesClient;
use contract::registry::v1::commitments_client::CommitmentsClient;
use contract::registry::v1::enterprises_client::EnterprisesClient;
use contract::registry::v1::licences_client::LicencesClient;
use contract::registry::v1::marks_client::MarksClient;
use contract::registry::v1::parties_client::PartiesClient as PartiesWithoutCodeClient;
use contract::registry::v1::reviews_client::ReviewsClient;
use contract::risk::v1::backtests_client::BacktestsClient;
use contract::risk::v1::classes_client::ClassesClient;
use contract::risk::v1::flags_client::FlagsClient;
use contract::risk::v1::models_client::ModelsClient;
use contract::risk::v1::overrides_client::OverridesClient;
use contract::risk::v1::provincial_classes_client::ProvincialClassesClient;
use contract::risk::v1::runs_client::RunsClient;
use contract::risk::v1::signals_client::SignalsClient;
use serde::{Deserialize, Serialize};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Where the services of a city listen. A running `standalone` writes it into its folder, so that commands find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// gRPC address of the registry, such as `http://127.0.0.1:50051`.
    pub registry: String,
    /// gRPC address of collection.
    pub collection: String,
    /// gRPC address of risk.
    pub risk: String,
    /// gRPC address of inspection.
    pub inspection: String,
    /// gRPC address of punishment.
    pub punishment: String,
    /// gRPC and REST address of the gateway.
    pub gateway: String,
    /// Address of the public listener.
    pub public: String,
}

impl Addresses {
    /// Every service behind one gateway. What is published without a token is not asked for there.
    pub fn behind(gateway: &str) -> Self {
        let at = || gateway.to_owned();
        Self {
            registry: at(),
            collection: at(),
            risk: at(),
            inspection: at(),
            punishment: at(),
            gateway: at(),
            public: at(),
        }
    }

    /// Every service with its address.
    pub fn all(&self) -> [(&'static str, &str); 7] {
        [
            ("registry", &self.registry),
            ("collection", &self.collection),
            ("risk", &self.risk),
            ("inspection", &self.inspection),
            ("punishment", &self.punishment),
            ("gateway", &self.gateway),
            ("public listener", &self.public),
        ]
    }
}

/// Who asks, put on every request: the bearer of a token, or of a certificate alone.
#[derive(Clone, Debug, Default)]
pub struct Bearer {
    token: Option<MetadataValue<Ascii>>,
    /// The service that is meant, where several have the RPC and a gateway passes it on.
    service: Option<&'static str>,
}

impl Bearer {
    /// The token as a request header; `None` if it holds characters that no header may hold.
    pub fn new(token: &str) -> Option<Self> {
        let token = format!("Bearer {token}").parse().ok()?;
        Some(Self { token: Some(token), service: None })
    }

    /// Nobody but whom the certificate of the connection names.
    pub fn of_certificate() -> Self {
        Self::default()
    }

    fn asking(&self, service: &'static str) -> Self {
        Self { service: Some(service), ..self.clone() }
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        if let Some(service) = self.service {
            request.metadata_mut().insert("xinjian-service", MetadataValue::from_static(service));
        }
        Ok(request)
    }
}

/// Largest answer taken, in bytes: the full proof of a draw over a large pool is one message.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// A channel with the caller's token.
pub type Authorised = InterceptedService<Channel, Bearer>;

/// Clients of every service, acting for one caller.
#[derive(Clone, Debug)]
pub struct Clients {
    registry: Channel,
    collection: Channel,
    risk: Channel,
    inspection: Channel,
    punishment: Channel,
    gateway: Channel,
    bearer: Bearer,
}

/// Names one client method for each service of the contract.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $client:ident on $channel:ident;)+) => {
        impl Clients {
            $($(#[$doc])* pub fn $name(&self) -> $client<Authorised> {
                $client::with_interceptor(self.$channel.clone(), self.bearer.clone())
                    .max_decoding_message_size(MAX_ANSWER_BYTES)
            })+
        }
    };
}

clients! {
    /// Enterprises of the registry.
    enterprises: EnterprisesClient on registry;
    /// Licences of the registry.
    licences: LicencesClient on registry;
    /// Marks of the registry.
    marks: MarksClient on registry;
    /// Parties without a code of the registry.
    parties_without_code: PartiesWithoutCodeClient on registry;
    /// Letters of commitment of the registry.
    commitments: CommitmentsClient on registry;
    /// Texts of letters of commitment of the registry.
    commitment_templates: CommitmentTemplatesClient on registry;
    /// Advice on reviews of the registry.
    reviews: ReviewsClient on registry;
    /// Records of collection.
    records: RecordsClient on collection;
    /// Files that are imported into collection.
    imports: ImportsClient on collection;
    /// Matches of collection.
    matches: MatchesClient on collection;
    /// Objections to records of collection.
    objections: ObjectionsClient on collection;
    /// Remedies against the decisions behind records of collection.
    remedies: RemediesClient on collection;
    /// Tickets of collection.
    tickets: TicketsClient on collection;
    /// Classes of risk.
    classes: ClassesClient on risk;
    /// Classes by the province, of risk.
    provincial_classes: ProvincialClassesClient on risk;
    /// Overrides of classes of risk.
    overrides: OverridesClient on risk;
    /// Versions of models of risk.
    models: ModelsClient on risk;
    /// Runs of risk.
    runs: RunsClient on risk;
    /// Trials of models by risk.
    backtests: BacktestsClient on risk;
    /// Complaint signals of risk.
    signals: SignalsClient on risk;
    /// Attention flags of risk.
    flags: FlagsClient on risk;
    /// Tasks of inspection.
    tasks: TasksClient on inspection;
    /// Visits of inspection.
    visits: VisitsClient on inspection;
    /// Annual plans of inspection.
    plans: PlansClient on inspection;
    /// Inspectors of inspection.
    inspectors: InspectorsClient on inspection;
    /// The directory of abnormal operations.
    abnormal: AbnormalDirectoryClient on punishment;
    /// The list of serious violators.
    serious: SeriousListClient on punishment;
    /// Remedies against entries of both lists.
    entry_remedies: EntryRemediesClient on punishment;
    /// Applications for credit repair.
    repairs: RepairsClient on punishment;
    /// Joint measures.
    measures: JointMeasuresClient on punishment;
    /// Party checks.
    parties: PartiesClient on punishment;
    /// Receipts of party checks.
    receipts: ReceiptsClient on punishment;
    /// Profiles of the gateway.
    profiles: ProfilesClient on gateway;
}

impl Clients {
    /// Clients that act with `bearer`. Nothing is connected before the first call.
    ///
    /// # Errors
    /// [`BadAddress`] names the address that is none.
    pub fn new(addresses: &Addresses, bearer: Bearer) -> Result<Self, BadAddress> {
        Self::over(None, addresses, bearer)
    }

    /// The same, which goes by `tls` where an address begins with `https`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn over(
        tls: Option<&tls::Connector>,
        addresses: &Addresses,
        bearer: Bearer,
    ) -> Result<Self, BadAddress> {
        let open = |address: &str| client::channel_over(tls, address, Timeouts::streaming());
        Ok(Self {
            registry: open(&addresses.registry)?,
            collection: open(&addresses.collection)?,
            risk: open(&addresses.risk)?,
            inspection: open(&addresses.inspection)?,
            punishment: open(&addresses.punishment)?,
            gateway: open(&addresses.gateway)?,
            bearer,
        })
    }

    /// The same channels for another caller.
    pub fn acting_as(&self, bearer: Bearer) -> Self {
        Self { bearer, ..self.clone() }
    }

    /// The feed of a service.
    ///
    /// # Errors
    /// When `service` has no feed.
    pub fn feed(&self, service: &str) -> anyhow::Result<FeedClient<Authorised>> {
        let found = self.feeds().into_iter().find(|(name, _)| *name == service);
        found.map(|(_, client)| client).ok_or_else(|| anyhow::anyhow!("`{service}` has no feed"))
    }

    /// What each service that tells others has told them, with its name.
    pub fn deliveries(&self) -> [(&'static str, DeliveriesClient<Authorised>); 3] {
        [("registry", &self.registry), ("collection", &self.collection), ("punishment", &self.punishment)]
            .map(|(name, channel)| {
                (name, DeliveriesClient::with_interceptor(channel.clone(), self.bearer.asking(name)))
            })
    }

    /// The log of reads of each service, with its name.
    pub fn reads(&self) -> [(&'static str, ReadsClient<Authorised>); 5] {
        let log = |channel: &Channel| ReadsClient::with_interceptor(channel.clone(), self.bearer.clone());
        [
            ("registry", log(&self.registry)),
            ("collection", log(&self.collection)),
            ("risk", log(&self.risk)),
            ("inspection", log(&self.inspection)),
            ("punishment", log(&self.punishment)),
        ]
    }

    /// The feed of each service that has one, with its name.
    pub fn feeds(&self) -> [(&'static str, FeedClient<Authorised>); 5] {
        [
            ("registry", &self.registry),
            ("collection", &self.collection),
            ("risk", &self.risk),
            ("inspection", &self.inspection),
            ("punishment", &self.punishment),
        ]
        .map(|(name, channel)| {
            (name, FeedClient::with_interceptor(channel.clone(), self.bearer.asking(name)))
        })
    }
}
