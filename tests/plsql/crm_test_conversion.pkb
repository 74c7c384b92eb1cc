create or replace package body crm_test_conversion
is
   co_crm_id constant pls_integer := 990000777;
   co_taxid  constant varchar2(14 char) := '99888777000100';
   co_stage  constant varchar2(50 char) := 'Desenvolvimento/Orçamento';

   procedure prepare
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      crm_test_fixture.quiet;
   end prepare;

   function lead return json_object_t
   is
      l_lead json_object_t := json_object_t.parse('{}');
   begin
      l_lead.put('crm_id', co_crm_id);
      l_lead.put('stage', co_stage);
      l_lead.put('taxid', co_taxid);
      l_lead.put('name', 'Cerâmica Nova Ltda');
      l_lead.put('tax_registration', '110042490115');
      l_lead.put('industry', 'TEXTIL DE TESTE');
      l_lead.put('phone', '1144445555');
      l_lead.put('address_street', 'Rua Nova');
      l_lead.put('address_number', 'S/N');
      l_lead.put_null('address_complement');
      l_lead.put('address_district', 'Centro');
      l_lead.put('address_zipcode', '01001000');
      l_lead.put('city', 'sao tome');
      l_lead.put('state', 'ZZ');
      l_lead.put('sales_rep', '990002');
      l_lead.put('financial_analysis', 'Em análise');
      l_lead.put_null('client_code');
      return l_lead;
   end lead;

   function converted(
      in_lead       in json_object_t,
      in_event_type in varchar2 default 'LEAD_CONVERTED'
   ) return varchar2
   is
   begin
      return crm_test_fixture.apply(
         in_lead       => in_lead.to_clob,
         in_crm_id     => co_crm_id,
         in_event_type => in_event_type
      );
   end converted;

   function branch return vw_crm_clients%rowtype
   is
      r_branch vw_crm_clients%rowtype;
   begin
      select v.*
        into r_branch
        from vw_crm_clients v
       where v.taxid = co_taxid;
      return r_branch;
   end branch;

   function branches return pls_integer
   is
      l_branches pls_integer;
   begin
      select count(*)
        into l_branches
        from erp.branches b
       where b.taxid = co_taxid
          or b.id_crm = co_crm_id;
      return l_branches;
   end branches;

   procedure becomes_a_client
   is
      r_branch  vw_crm_clients%rowtype;
      l_address pls_integer;
      l_rep     pls_integer;
      l_kind    pls_integer;
   begin
      ut.expect(converted(lead)).to_equal('APPLIED');
      r_branch := branch;
      ut.expect(r_branch.name).to_equal('Cerâmica Nova Ltda');
      ut.expect(r_branch.crm_id).to_equal(co_crm_id);
      ut.expect(r_branch.phone).to_equal('1144445555');
      ut.expect(r_branch.industry).to_equal('Têxtil de Teste');
      ut.expect(r_branch.sales_rep).to_equal(990002);
      ut.expect(r_branch.address_number).to_equal('S/N');
      ut.expect(r_branch.tax_registration).to_equal('110042490115');
      ut.expect(r_branch.financial_analysis).to_equal('Em análise');
      select count(*)
        into l_address
        from erp.billing_addresses a
       where a.client_code = r_branch.client_code
         and a.branch_code = r_branch.branch_code
         and a.address_street = 'Rua Nova';
      select count(*)
        into l_rep
        from erp.sales_rep_branches s
       where s.client_code = r_branch.client_code
         and s.sales_rep = 990002
         and s.is_main = 'S';
      select count(*)
        into l_kind
        from erp.client_industries i
       where i.client_code = r_branch.client_code
         and i.industry_id = 990002;
      ut.expect(l_address).to_equal(1);
      ut.expect(l_rep).to_equal(1);
      ut.expect(l_kind).to_equal(1);
   end becomes_a_client;

   procedure agreed_and_quiet
   is
      l_key     crm_records.record_key%type;
      l_fields  crm_outbox_events.changed_fields%type;
      l_stage   leads.stage%type;
   begin
      ut.expect(converted(lead)).to_equal('APPLIED');
      l_key := branch().record_key;
      -- the client code of the ERP is new to the CRM
      select c.changed_fields
        into l_fields
        from crm_record_changes_v c
       where c.record_key = l_key;
      select l.stage
        into l_stage
        from leads l
       where l.id = co_crm_id;
      ut.expect(l_fields).to_equal('["client_code"]');
      ut.expect(l_stage).to_equal(co_stage);
      ut.expect(crm_test_fixture.record_of(l_key).crm_id).to_equal(co_crm_id);
      ut.expect(crm_test_fixture.record_of(l_key).agreed_stage).to_equal(co_stage);
      ut.expect(crm_test_fixture.event_count(in_record_key => l_key)).to_be_less_or_equal(1);
   end agreed_and_quiet;

   procedure city_in_its_state
   is
   begin
      ut.expect(converted(lead)).to_equal('APPLIED');
      ut.expect(branch().city).to_equal('São Tomé');
      ut.expect(branch().state).to_equal('ZZ');
   end city_in_its_state;

   procedure unknown_city
   is
      l_lead json_object_t := lead;
   begin
      l_lead.put('city', 'Cidade que não existe');
      ut.expect(converted(l_lead)).to_equal('PARKED');
      ut.expect(branches).to_equal(0);
      ut.expect(converted(lead)).to_equal('APPLIED');
      ut.expect(branch().name).to_equal('Cerâmica Nova Ltda');
   end unknown_city;

   procedure unknown_rep
   is
      l_lead json_object_t := lead;
   begin
      l_lead.put('sales_rep', '987654');
      update crm_settings s
         set s.value = '990001'
       where s.name = 'sales_rep_default';
      ut.expect(converted(l_lead)).to_equal('APPLIED');
      ut.expect(branch().sales_rep).to_equal(990001);
   end unknown_rep;

   procedure no_street
   is
      l_lead   json_object_t := lead;
      l_street erp.billing_addresses.address_street%type;
   begin
      l_lead.put_null('address_street');
      ut.expect(converted(l_lead)).to_equal('APPLIED');
      ut.expect(branch().address_street).to_be_null();
      select a.address_street
        into l_street
        from erp.billing_addresses a
        join erp.branches b
          on b.client_code = a.client_code
         and b.code = a.branch_code
       where b.taxid = co_taxid;
      ut.expect(l_street).to_equal('Não informado');
   end no_street;

   procedure natural_person
   is
      l_lead json_object_t := lead;
      l_type erp.clients.person_type%type;
   begin
      l_lead.put('taxid', '529.982.247-25');
      ut.expect(converted(l_lead)).to_equal('APPLIED');
      select c.person_type
        into l_type
        from erp.clients c
        join erp.branches b
          on b.client_code = c.code
       where b.taxid = '52998224725';
      ut.expect(l_type).to_equal('F');
   end natural_person;

   procedure known_taxid
   is
      l_lead json_object_t := lead;
      l_id   erp.branches.id_crm%type;
      l_flag erp.branches.integrate_crm%type;
   begin
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = crm_test_fixture.co_client_code;
      crm_test_fixture.quiet;
      l_lead.put('taxid', '99000000000001');
      ut.expect(converted(l_lead)).to_equal('APPLIED');
      ut.expect(branches).to_equal(1);
      select b.id_crm, b.integrate_crm
        into l_id, l_flag
        from erp.branches b
       where b.client_code = crm_test_fixture.co_client_code;
      ut.expect(l_id).to_equal(co_crm_id);
      ut.expect(l_flag).to_equal('S');
   end known_taxid;

   procedure taken_taxid
   is
      l_lead json_object_t := lead;
   begin
      update erp.branches b
         set b.id_crm = 990000001
       where b.client_code = crm_test_fixture.co_client_code;
      l_lead.put('taxid', '99000000000001');
      ut.expect(converted(l_lead)).to_equal('PARKED');
      ut.expect(branches).to_equal(0);
   end taken_taxid;

   procedure incomplete
   is
      l_lead json_object_t := lead;
   begin
      l_lead.put_null('taxid');
      ut.expect(converted(l_lead)).to_equal('PARKED');
      l_lead.put('taxid', '99888777000166');
      ut.expect(converted(l_lead)).to_equal('PARKED');
      l_lead := lead;
      l_lead.put_null('name');
      ut.expect(converted(l_lead)).to_equal('PARKED');
      ut.expect(branches).to_equal(0);
   end incomplete;

   procedure twice
   is
   begin
      ut.expect(converted(lead)).to_equal('APPLIED');
      ut.expect(converted(lead)).to_be_not_null();
      ut.expect(branches).to_equal(1);
   end twice;

   procedure not_converted
   is
      l_lead json_object_t := lead;
   begin
      ut.expect(converted(l_lead, 'LEAD_UPDATED')).to_equal('IGNORED');
      l_lead.put('stage', 'Novos leads');
      ut.expect(converted(l_lead)).to_equal('IGNORED');
      ut.expect(branches).to_equal(0);
   end not_converted;
end crm_test_conversion;
/
